package io.dualport.server;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Buffer;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections of one event loop, and what they share. Nothing that a connection sends is kept
 * longer than its echo takes, so one buffer to read into is enough for all of them.
 */
final class EpollConnections {
  /** The most that is read at once, and so that is held for a peer that does not read. */
  static final int READ_BYTES = 128 << 10;

  /** Idle connections are looked for four times in their timeout, but never more rarely. */
  private static final long MAX_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final IoEventLoop loop;
  private final FlowTable flows;
  private final ConnectionLimit limit;
  private final Stamper stamper;
  private final long idleNanos;

  private final ByteBuffer memory = ByteBuffer.allocateDirect(READ_BYTES);
  private final long address = Buffer.memoryAddress(memory);
  private final ByteBuf bytes = Unpooled.wrappedBuffer(memory);

  /** For the loop alone. A connection knows its place, so that its end costs no search. */
  private final List<EpollConnection> open = new ArrayList<>();

  EpollConnections(
      IoEventLoop loop, FlowTable flows, ConnectionLimit limit, Stamper stamper, long idleNanos) {
    this.loop = loop;
    this.flows = flows;
    this.limit = limit;
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

  /** Where {@link #bytes} lies. */
  long address() {
    return address;
  }

  /** What was read last, by whichever connection. */
  ByteBuf bytes() {
    return bytes;
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

  /** Serves an accepted connection, from any thread. */
  void serve(LinuxSocket socket) {
    EpollConnection connection = new EpollConnection(socket, this);
    register(connection, connection::start)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) { // the loop has ended, or the kernel watches no more
                limit.release();
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
    limit.release();
  }

  /** Closes every connection, from any thread. */
  void endAll() {
    loop.execute(
        () -> List.copyOf(open).forEach(connection -> connection.close(Counter.CLOSED_BY_DRAIN)));
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
