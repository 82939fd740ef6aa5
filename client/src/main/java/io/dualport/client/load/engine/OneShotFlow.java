package io.dualport.client.load.engine;

/**
 * A connection for each message: connect, send, echo, close, and a new five-tuple for the next. The
 * latency counts from before the connect; what ends the connection early loses the message, and a
 * message whose connection never stood was not sent.
 */
final class OneShotFlow extends TcpFlow {
  /** After a failure nothing is tried until the next tick, or refusals would come in a storm. */
  private boolean pausing;

  private boolean wished;

  OneShotFlow(LoopFlows lane, int index) {
    super(lane, index);
  }

  /** There is nothing to open before the first message. */
  @Override
  void open() {
    if (wished) {
      wished = false;
      super.open();
    } else {
      readyAtOnce();
    }
  }

  @Override
  boolean offer(long intendedNanos, long nowNanos) {
    if (pausing || hasWire() || inFlight() > 0) {
      return false;
    }
    stream.add(draw(intendedNanos), intendedNanos);
    wished = true;
    open();
    return true;
  }

  @Override
  void onConnected(long connectNanos, long nowNanos) {
    sent(next() - 1, nowNanos);
    if (isMeasured(next() - 1)) {
      lane.ledger().connected(connectNanos);
    }
    flush(nowNanos);
  }

  @Override
  void onRead(long nowNanos) {
    if (inFlight() == 0) {
      disconnect(lane.plan().settings().close());
      endAccount();
      resume(nowNanos);
    }
  }

  @Override
  void onEnded() {
    pausing = true;
  }

  @Override
  void tick(long nowNanos) {
    if (hasWire() && nowNanos - connectingSince() > lane.plan().timeoutNanos()) {
      broken(timedOut());
    }
    if (pausing) {
      pausing = false;
      resume(nowNanos);
    }
  }
}
