package io.dualport.client.load.engine;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.plan.Closing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Messages on one connection, which is opened again if it breaks. */
class TcpFlow extends LoadFlow {
  private static final String NOT_CONNECTED_BY_THE_END = "not connected by the end";
  private static final long MIN_BACKOFF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MAX_BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(1);

  final MessageStream stream = new MessageStream(this);
  private boolean connected;
  private boolean wasReady;
  private long connectingSince;
  private long reopenAt;
  private long backoffNanos = MIN_BACKOFF_NANOS;

  TcpFlow(LoopFlows lane, int index) {
    super(lane, index);
  }

  @Override
  void open() {
    connectingSince = System.nanoTime();
    try {
      openWire(null);
    } catch (IOException e) {
      broken(e);
    }
  }

  @Override
  public void connected() {
    InetSocketAddress local = wire().local();
    if (local.equals(lane.plan().remote())) {
      // A connect to a port nobody listens on can meet itself (RFC 9293, simultaneous open).
      broken(new IOException("connected to itself: nobody listens on the port"));
      return;
    }
    connected = true;
    bound(local);
    backoffNanos = MIN_BACKOFF_NANOS;
    lane.ledger().opened();
    long now = System.nanoTime();
    onConnected(now - connectingSince, now);
  }

  /** A connection stands. */
  void onConnected(long connectNanos, long nowNanos) {
    lane.ledger().connected(connectNanos);
    if (!wasReady) {
      wasReady = true;
      lane.ready();
    } else {
      resume(nowNanos);
    }
  }

  final boolean isConnected() {
    return connected;
  }

  final long connectingSince() {
    return connectingSince;
  }

  @Override
  boolean offer(long intendedNanos, long nowNanos) {
    if (!connected || stream.inFlight() >= lane.plan().settings().window()) {
      return false;
    }
    stream.add(begin(intendedNanos, nowNanos), intendedNanos);
    return true;
  }

  @Override
  final void flush(long nowNanos) {
    while (connected && stream.hasUnsent()) {
      int filled = stream.fill(lane.wires().out());
      int taken;
      try {
        taken = wire().send(filled);
      } catch (IOException e) {
        broken(e);
        return;
      }
      stream.sent(taken);
      if (taken < filled) {
        wire().awaitWritable();
        return;
      }
    }
  }

  @Override
  public final void writable() {
    flush(System.nanoTime());
  }

  @Override
  public final boolean received(ByteBuffer in, int at, int length, long nowNanos) {
    int taken = stream.read(in, at, length, nowNanos);
    if (taken < length) {
      strange(in, at + taken, length - taken);
      count(Count.STRAY, 1);
      lane.ledger().failed(LoopCounts.MORE_THAN_SENT);
      fail();
    } else {
      onRead(nowNanos);
    }
    return false;
  }

  /** Echoes may have come whole. */
  void onRead(long nowNanos) {
    lane.answer(this);
  }

  @Override
  public final void broken(Throwable cause) {
    if (!wasReady && !connected) {
      closeWire(Closing.FIN);
      lane.unable(cause);
      return;
    }
    lane.ledger().failed(cause);
    fail();
  }

  /** The connection is given up; what was in flight on it is lost, or was never sent. */
  private void fail() {
    if (!wasReady) {
      closeWire(Closing.RST);
      lane.unable(new IOException("the server sent bytes that nobody asked for"));
      return;
    }
    Count became = became();
    disconnect(Closing.RST);
    stream.abandon(became, System.nanoTime());
    endAccount();
    onEnded();
  }

  /** Closes the connection and forgets it. */
  final void disconnect(Closing closing) {
    closeWire(closing);
    if (connected) {
      connected = false;
      lane.ledger().closed();
    }
  }

  /** A connection was given up. */
  void onEnded() {
    reopenAt = System.nanoTime() + backoffNanos;
    backoffNanos = Math.min(2 * backoffNanos, MAX_BACKOFF_NANOS);
  }

  /** For a flow that is ready without a connection. */
  final void readyAtOnce() {
    wasReady = true;
    lane.ready();
  }

  @Override
  void tick(long nowNanos) {
    if (hasWire()) {
      if (!connected && nowNanos - connectingSince > lane.plan().timeoutNanos()) {
        broken(timedOut());
      }
    } else if (lane.isSending() && nowNanos - reopenAt >= 0) {
      open();
    }
  }

  @Override
  final int inFlight() {
    return stream.inFlight();
  }

  @Override
  final void giveUp() {
    if (inFlight() > 0) {
      lane.ledger().failed(connected ? LoopCounts.NO_ECHO_BY_THE_END : NOT_CONNECTED_BY_THE_END);
      stream.abandon(became(), System.nanoTime());
    }
  }

  /** What is not lost with an end by force: what waits for its own connection was not sent. */
  @Override
  final void end() {
    if (!connected) {
      stream.abandon(became(), System.nanoTime());
    }
  }

  /** What has become of what is in flight when the connection is given up. */
  private Count became() {
    return connected ? Count.LOST : Count.NOT_OPENED;
  }
}
