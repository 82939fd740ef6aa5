package io.dualport.server;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * So many replies a second to one source address, counted in windows of one second. For one event
 * loop.
 */
final class RateLimit {
  /** Source addresses counted in one window; further ones get no reply until the next window. */
  static final int MAX_SOURCES = 100_000;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final Map<InetAddress, int[]> repliesInWindow = new HashMap<>();
  private long windowStart;

  /**
   * @param perSecond replies a second and address; 0 = no limit
   */
  RateLimit(int perSecond) {
    this.perSecond = perSecond;
  }

  /**
   * Takes one reply out of the source's share.
   *
   * @param now {@link System#nanoTime}
   * @return whether there was one left
   */
  boolean admits(InetAddress source, long now) {
    if (perSecond == 0) {
      return true;
    }
    if (repliesInWindow.isEmpty() || now - windowStart >= WINDOW_NANOS) {
      repliesInWindow.clear();
      windowStart = now;
    }
    int[] replies = repliesInWindow.get(source);
    if (replies == null) {
      if (repliesInWindow.size() >= MAX_SOURCES) {
        return false;
      }
      replies = new int[1];
      repliesInWindow.put(source, replies);
    }
    return ++replies[0] <= perSecond;
  }
}
