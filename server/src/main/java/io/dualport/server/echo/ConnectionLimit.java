package io.dualport.server.echo;

import io.dualport.flow.Counter;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections all event loops may hold together, and how many of one source address;
 * touched when one opens or closes.
 */
final class ConnectionLimit {
  private final int max;
  private final int maxPerSource;
  private final AtomicInteger open = new AtomicInteger();
  private final Map<InetAddress, Integer> bySource = new ConcurrentHashMap<>();

  /**
   * @param maxPerSource of one source address; 0 = no limit of its own
   */
  ConnectionLimit(int max, int maxPerSource) {
    this.max = max;
    this.maxPerSource = maxPerSource;
  }

  /** Whether {@link #refusal} must be told the source. */
  boolean countsSources() {
    return maxPerSource > 0;
  }

  /**
   * Takes a place for one connection, unless there is none.
   *
   * @param source the peer's address; looked at only where sources are counted
   * @return why there is none, or null
   */
  Counter refusal(InetAddress source) {
    if (countsSources() && bySource.merge(source, 1, Integer::sum) > maxPerSource) {
      leave(source);
      return Counter.CLOSED_BY_SOURCE_LIMIT;
    }
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      leave(source);
      return Counter.CLOSED_BY_REFUSAL;
    }
    return null;
  }

  /** Gives the place of a connection back, from any thread. */
  void release(InetAddress source) {
    leave(source);
    if (open.decrementAndGet() == 0) {
      synchronized (this) {
        notifyAll();
      }
    }
  }

  private void leave(InetAddress source) {
    if (countsSources()) {
      bySource.computeIfPresent(source, (any, count) -> count > 1 ? count - 1 : null);
    }
  }

  /** Waits until none is open, the time is over, or this thread is interrupted, and stays so. */
  synchronized void awaitNone(long nanos) {
    long deadline = System.nanoTime() + nanos;
    try {
      for (long left = nanos; open.get() > 0 && left > 0; left = deadline - System.nanoTime()) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
