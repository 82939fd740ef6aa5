package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listening socket: takes connections from the backlog and gives them to the loops in turn. */
final class EpollListener implements EpollIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(EpollListener.class);

  /** Level-triggered: what is left in the backlog is reported again. */
  private static final EpollIoOps ACCEPT = EpollIoOps.EPOLLIN;

  /** Nothing but errors. */
  private static final EpollIoOps PAUSED = EpollIoOps.EPOLLERR;

  /** Before the connections have their turn. */
  private static final int ACCEPTS_AT_ONCE = 16;

  /** Netty writes the peer's address here: its length, and what {@link NativeInetAddress} reads. */
  private final byte[] peer = new byte[26];

  private final LinuxSocket socket;
  private final InetSocketAddress local;
  private final EpollConnections home;
  private final List<EpollConnections> loops;
  private final ConnectionLimit limit;
  private final AcceptFaults faults;
  private IoRegistration registration;
  private int next;
  private boolean closed;

  /**
   * @param socket listening
   * @param home the loop this listener is on
   * @param loops those that serve the connections
   */
  EpollListener(
      LinuxSocket socket,
      EpollConnections home,
      List<EpollConnections> loops,
      ConnectionLimit limit,
      AcceptFaults faults) {
    this.socket = socket;
    this.local = socket.localAddress();
    this.home = home;
    this.loops = loops;
    this.limit = limit;
    this.faults = faults;
  }

  /** On the home loop, once registered. */
  void start(IoRegistration registered) {
    registration = registered;
    registration.submit(ACCEPT);
  }

  /** Stops listening, from any thread; done when the kernel has let go. */
  Future<?> stop() {
    return home.loop().submit(this::close);
  }

  @Override
  public void handle(IoRegistration registered, IoEvent event) {
    for (int i = 0; i < ACCEPTS_AT_ONCE && !closed; i++) {
      if (faults.isHeld()) {
        pause();
        return;
      }
      try {
        int descriptor = socket.accept(peer);
        if (descriptor < 0) {
          return;
        }
        welcome(LinuxSocket.newSocket(descriptor));
      } catch (IOException fault) {
        faults.failed(local, home.flows(), fault);
        pause();
        return;
      }
    }
  }

  private void welcome(LinuxSocket connection) throws IOException {
    if (faults.isHeld()) {
      connection.close();
      faults.givenBack(home.flows());
      return;
    }
    home.flows().totals(Protocol.TCP).increment(Counter.CONNECTIONS_ACCEPTED);
    InetAddress source =
        limit.countsSources() ? NativeInetAddress.address(peer, 1, peer[0]).getAddress() : null;
    Counter refusal = limit.refusal(source);
    if (refusal != null) {
      home.flows().totals(Protocol.TCP).increment(refusal);
      connection.close();
      return;
    }
    next = (next + 1) % loops.size();
    loops.get(next).serve(connection, source);
  }

  private void pause() {
    registration.submit(PAUSED);
    home.loop()
        .schedule(
            () -> {
              if (!closed) {
                registration.submit(ACCEPT);
              }
            },
            AcceptFaults.PAUSE_SECONDS,
            TimeUnit.SECONDS);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      registration.cancel();
      try {
        socket.close();
      } catch (IOException e) {
        LOG.warn("listener {}: {}", local, e.toString()); // Linux frees it all the same (close(2))
      }
    }
  }
}
