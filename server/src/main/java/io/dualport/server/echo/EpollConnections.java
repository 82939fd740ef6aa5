package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Buffer;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections of one event loop, and what they share. What a connection sends is as a rule kept
 * no longer than its echo takes, so they all read into one buffer. Where a peer does not read, its
 * connection keeps that buffer, and the loop takes another: within {@link PendingBytes}.
 */
final class EpollConnections {
  /** The most that is read at once, and so that is held for a peer that does not read. */
  static final int READ_BYTES = 64 << 10;

  /** Buffers that were given back and are kept for the next peer that stops reading. */
  private static final int KEPT_BUFFERS = 16;

  /** Throws where Netty's share of the direct memory is used up, and waits for nothing. */
  private static final ByteBufAllocator MEMORY = new UnpooledByteBufAllocator(true, true);

  /** Idle connections are looked for four times in their timeout, but never more rarely. */
  private static final long MAX_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final IoEventLoop loop;
  private final FlowTable flows;
  private final ConnectionLimit limit;
  private final Stamper stamper;
  private final long idleNanos;

  private final PendingBytes pending;

  /** What is read into next; null where a connection has just kept it. */
  private ReadBuffer next;

  private final ArrayDeque<ReadBuffer> spare = new ArrayDeque<>();

  /** For the loop alone. A connection knows its place, so that its end costs no search. */
  private final List<EpollConnection> open = new ArrayList<>();

  EpollConnections(
      IoEventLoop loop,
      FlowTable flows,
      ConnectionLimit limit,
      PendingBytes pending,
      Stamper stamper,
      long idleNanos) {
    this.loop = loop;
    this.flows = flows;
    this.limit = limit;
    this.pending = pending;
    this.stamper = stamper;
    this.idleNanos = idleNanos;
    long every = Math.max(1, Math.min(MAX_SWEEP_NANOS, idleNanos / 4));
    loop.scheduleWithFixedDelay(this::closeIdle, every, every, TimeUnit.NANOSECONDS);
  }

  IoEventLoop loop() {
    return loop;
  }

  FlowTable flows() {
    return flows;
  }

  Stamper stamper() {
    return stamper;
  }

  PendingBytes pending() {
    return pending;
  }

  /** Memory for one read. */
  static final class ReadBuffer {
    final ByteBuf bytes = MEMORY.directBuffer(READ_BYTES, READ_BYTES);
    final long address = Buffer.memoryAddress(bytes.internalNioBuffer(0, READ_BYTES));
  }

  /**
   * What to read into; until the next call, unless it is kept.
   *
   * @return null if peers that do not read hold all there may be; who asks is told to read on later
   * @throws OutOfMemoryError if the JVM has less than that
   */
  ReadBuffer readBuffer(EpollConnection asking) {
    if (next == null && !pending.admits(asking, READ_BYTES)) {
      return null;
    }
    if (next == null) { // still: who was closed for it may have given one back
      next = spare.isEmpty() ? new ReadBuffer() : spare.pop();
    }
    return next;
  }

  /** The connection keeps what was read last, until it gives it back. */
  void keepBuffer(EpollConnection keeping) {
    next = null;
    pending.holds(keeping, READ_BYTES);
  }

  void giveBack(EpollConnection keeping, ReadBuffer buffer) {
    if (next == null) {
      next = buffer;
    } else if (spare.size() < KEPT_BUFFERS) {
      spare.push(buffer);
    } else {
      buffer.bytes.release();
    }
    pending.holds(keeping, 0);
  }

  /**
   * Registers with the loop, from any thread.
   *
   * @param start is called on the loop
   */
  Future<IoRegistration> register(EpollIoHandle handle, Consumer<IoRegistration> start) {
    Future<IoRegistration> registered = loop.register(handle);
    registered.addListener(
        done -> {
          if (done.isSuccess()) {
            start.accept(registered.getNow());
          }
        });
    return registered;
  }

  /**
   * Serves an accepted connection, from any thread.
   *
   * @param source the peer's address, or null where nobody counts them
   */
  void serve(LinuxSocket socket, InetAddress source) {
    EpollConnection connection = new EpollConnection(socket, source, this);
    register(connection, connection::start)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) { // the loop has ended, or the kernel watches no more
                limit.release(source);
                socket.close();
              }
            });
  }

  void add(EpollConnection connection) {
    connection.place = open.size();
    open.add(connection);
  }

  /** The connection's end: what it held is free for the next one. */
  void remove(EpollConnection connection) {
    EpollConnection last = open.remove(open.size() - 1);
    if (last != connection) {
      last.place = connection.place;
      open.set(last.place, last);
    }
    limit.release(connection.source());
  }

  /** Closes every connection, from any thread. */
  void endAll() {
    loop.execute(
        () -> {
          List.copyOf(open).forEach(connection -> connection.close(Counter.CLOSED_BY_DRAIN));
          releaseBuffers();
        });
  }

  private void releaseBuffers() {
    if (next != null) {
      spare.push(next);
      next = null;
    }
    spare.forEach(buffer -> buffer.bytes.release());
    spare.clear();
  }

  private void closeIdle() {
    long now = System.nanoTime();
    for (int i = open.size() - 1;
        i >= 0;
        i--) { // from the end: a closed one is replaced by the last
      open.get(i).closeIfIdle(now, idleNanos);
    }
  }
}
