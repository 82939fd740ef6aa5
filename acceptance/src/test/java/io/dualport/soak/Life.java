package io.dualport.soak;

import java.util.concurrent.atomic.LongAdder;

/**
 * The server from one start to its end, and what was sent to it: never to the one before or after
 * it. From any thread.
 */
final class Life {
  private final int port;
  private volatile long instance;
  private volatile boolean started;

  /** Bytes that a connection's kernel took. */
  final LongAdder bytesSent = new LongAdder();

  /** Bytes of connections whose every byte came back, and then the FIN. */
  final LongAdder bytesReturned = new LongAdder();

  final LongAdder connections = new LongAdder();
  final LongAdder completed = new LongAdder();

  /** Ended by the server before all was back, for which it must have a counted cause. */
  final LongAdder cut = new LongAdder();

  final LongAdder datagramsSent = new LongAdder();
  final LongAdder datagramsReturned = new LongAdder();

  /** Whose reply was waited for in vain. */
  final LongAdder datagramsLost = new LongAdder();

  Life(int port) {
    this.port = port;
  }

  int port() {
    return port;
  }

  void startedAs(long instanceId) {
    instance = instanceId;
    started = true;
  }

  /** Before, a datagram comes to nobody. */
  boolean hasStarted() {
    return started;
  }

  /** Whether a stamp can be this server's, as far as it has said yet who it is. */
  boolean mayBe(long instanceId) {
    return !started || instance == instanceId;
  }
}
