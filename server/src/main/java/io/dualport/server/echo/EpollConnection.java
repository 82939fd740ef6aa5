package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.server.echo.EpollConnections.ReadBuffer;
import io.dualport.transport.SocketFacts;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Echoes one connection: every byte back, in order, until the peer's FIN; then our FIN. Two system
 * calls for what came, and nothing allocated.
 *
 * <p>What the kernel does not take at once is kept, and until it is gone this reads no more: so a
 * peer that does not read costs one read's memory, and a FIN is seen only when all before it is
 * sent.
 */
final class EpollConnection implements EpollIoHandle, PendingBytes.Holder {
  private static final Logger LOG = LoggerFactory.getLogger(EpollConnection.class);

  /** Edge-triggered: told once of each arrival, so that the kernel need not look again. */
  private static final EpollIoOps READ =
      EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET);

  private static final EpollIoOps WRITE = EpollIoOps.EPOLLOUT.with(EpollIoOps.EPOLLET);
  private static final int READABLE = EpollIoOps.EPOLLIN.value();

  /** Before other connections have their turn. */
  private static final int READS_AT_ONCE = 4;

  /** How often a busy connection asks the kernel for its round-trip time. */
  private static final long RTT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LinuxSocket socket;
  private final InetAddress source;
  private final EpollConnections siblings;
  private IoRegistration registration;
  private Flow flow;
  private Stamper.Stream stamps;

  /** The last read, of which the kernel has not taken all; null while nothing is stuck. */
  private ReadBuffer stuck;

  private int stuckFrom; // where what it has not taken begins
  private int stuckLength; // of that whole read, as it is counted when all of it is gone
  private int stuckMessages;

  private long movedNanos = System.nanoTime();
  private long lastRttNanos = movedNanos - RTT_EVERY_NANOS;
  private long takenByPeer = SocketFacts.UNKNOWN; // when it was asked last
  private boolean closed;

  /** Among its siblings, for them alone. */
  int place;

  EpollConnection(LinuxSocket socket, InetAddress source, EpollConnections siblings) {
    this.socket = socket;
    this.source = source;
    this.siblings = siblings;
  }

  /** On the loop, once registered. */
  void start(IoRegistration registered) {
    registration = registered;
    siblings.add(this);
    InetSocketAddress peer = socket.remoteAddress();
    InetSocketAddress local = socket.localAddress();
    if (peer == null || local == null) {
      close(Counter.CLOSED_BY_RESET); // gone before we could ask who it was
      return;
    }
    FiveTuple tuple = new FiveTuple(Protocol.TCP, peer, local);
    flow = siblings.flows().openConnection(tuple, SocketFacts.inode(socket));
    stamps = siblings.stamper().stream(tuple, siblings.flows().eventLoop());
    try {
      // An echo answers small with small: Nagle would make it wait for acknowledgements.
      socket.setTcpNoDelay(true);
      registration.submit(READ);
    } catch (IOException | RuntimeException e) {
      broken(e);
    }
  }

  @Override
  public void handle(IoRegistration registered, IoEvent event) {
    move((((EpollIoEvent) event).ops().value() & ~READABLE) != 0);
  }

  /** There was no memory to read into, and now there is. */
  @Override
  public void readOn() {
    move(true);
  }

  private void move(boolean ended) {
    if (closed) {
      return;
    }
    try {
      if (stuck != null) {
        writeStuck(); // writable again, or broken, which the write will say
      } else {
        echo(ended);
      }
    } catch (OutOfMemoryError e) {
      siblings.pending().refused(this);
    } catch (IOException | RuntimeException e) {
      broken(e); // this connection's fault, and not the loop's
    }
  }

  /**
   * Returns what is there. A read that gives less than was asked for is the last, which saves one
   * that finds nothing.
   *
   * @param ended whether the event was more than the arrival of bytes, so that an end follows them
   */
  private void echo(boolean ended) throws IOException {
    for (int i = 0; i < READS_AT_ONCE; i++) {
      ReadBuffer buffer = siblings.readBuffer(this);
      if (buffer == null) {
        return;
      }
      int length = socket.recvAddress(buffer.address, 0, EpollConnections.READ_BYTES);
      if (length < 0) {
        close(Counter.CLOSED_BY_PEER);
        return;
      }
      if (length == 0 || !pass(buffer, length) || length < EpollConnections.READ_BYTES && !ended) {
        return;
      }
    }
    registration.submit(READ); // reports what is still there
  }

  /** Counts and returns one read; false if the kernel did not take all of it. */
  private boolean pass(ReadBuffer buffer, int length) throws IOException {
    int messages = stamps.pass(buffer.bytes.setIndex(0, length));
    long now = System.nanoTime();
    movedNanos = now;
    flow.framed(stamps.framing());
    flow.read(length, messages, now);
    measureRtt(now);
    int sent = socket.sendAddress(buffer.address, 0, length);
    if (sent < length) {
      stuck = buffer;
      stuckFrom = sent;
      stuckLength = length;
      stuckMessages = messages;
      siblings.keepBuffer(this);
      registration.submit(WRITE);
      return false;
    }
    flow.written(length, messages);
    return true;
  }

  private void writeStuck() throws IOException {
    int sent = socket.sendAddress(stuck.address, stuckFrom, stuckLength);
    if (sent == 0) {
      return;
    }
    movedNanos = System.nanoTime();
    stuckFrom += sent;
    if (stuckFrom < stuckLength) {
      siblings.pending().holds(this, EpollConnections.READ_BYTES); // it is not the worst
    } else {
      giveBack();
      flow.written(stuckLength, stuckMessages);
      registration.submit(READ); // reports what came meanwhile, a FIN as well
    }
  }

  private void giveBack() {
    ReadBuffer buffer = stuck;
    stuck = null;
    siblings.giveBack(this, buffer);
  }

  @Override
  public long movedNanos() {
    return movedNanos;
  }

  @Override
  public void shed() {
    close(Counter.CLOSED_BY_MEMORY);
  }

  /** The peer's address, or null where nobody counts them. */
  InetAddress source() {
    return source;
  }

  private void measureRtt(long now) {
    if (now - lastRttNanos >= RTT_EVERY_NANOS) {
      lastRttNanos = now;
      flow.measuredRtt(SocketFacts.rttMicros(socket));
    }
  }

  /** Closes a connection on which nothing moves, but not before it was asked once more. */
  void closeIfIdle(long now, long idleNanos) {
    if (now - movedNanos < idleNanos) {
      return;
    }
    move(false); // the process may have slept while its peers did not
    if (!closed
        && now - movedNanos >= idleNanos
        && !siblings.pending().isWaiting(this)
        && !peerTakesMore(now)) {
      close(Counter.CLOSED_BY_IDLE);
    }
  }

  /** Whether the peer took more from the kernel since this was asked before. */
  private boolean peerTakesMore(long now) {
    long taken = SocketFacts.takenByPeer(socket);
    if (taken == SocketFacts.UNKNOWN || taken == takenByPeer) {
      return false;
    }
    takenByPeer = taken;
    movedNanos = now;
    return true;
  }

  private void broken(Throwable fault) {
    switch (Errno.of(fault)) {
      case ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH ->
          close(Counter.CLOSED_BY_RESET);
      default -> {
        LOG.warn("connection {} failed: {}", flow.tuple(), fault.toString());
        close(Counter.CLOSED_BY_ERROR);
      }
    }
  }

  /** Ends the connection, counted by its cause. */
  void close(Counter cause) {
    if (closed) {
      return;
    }
    closed = true;
    siblings.flows().totals(Protocol.TCP).increment(cause);
    if (flow != null) {
      siblings.flows().end(flow, cause.reason());
    }
    if (stuck != null) {
      giveBack();
    }
    siblings.pending().forget(this);
    registration.cancel();
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("close", e); // Linux frees the descriptor all the same (close(2))
    }
    siblings.remove(this);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  /** The loop ends first. */
  @Override
  public void close() {
    close(Counter.CLOSED_BY_DRAIN);
  }
}
