package io.dualport.flow;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many entries the tables of all event loops may hold together; touched only when a flow begins
 * or ends.
 */
public final class FlowLimit {
  private final int max;
  private final AtomicInteger live = new AtomicInteger();

  /**
   * @param max entries at once, 0 or more
   */
  public FlowLimit(int max) {
    if (max < 0) {
      throw new IllegalArgumentException("max flows " + max + " is negative");
    }
    this.max = max;
  }

  boolean tryAcquire() {
    if (live.incrementAndGet() <= max) {
      return true;
    }
    live.decrementAndGet();
    return false;
  }

  void release() {
    live.decrementAndGet();
  }

  /** Entries in use now. */
  public int live() {
    return live.get();
  }
}
