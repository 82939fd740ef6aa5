package io.dualport.server.echo;

import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * So many replies a second to one source address, counted in windows of one second. One for all
 * event loops, as the five-tuples of one source may lie on several.
 */
final class RateLimit {
  /**
   * Source addresses counted in one window; further ones get no reply until the next window. Loops
   * that add at the same instant may exceed it by one each.
   */
  static final int MAX_SOURCES = 100_000;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int perSecond;
  private final AtomicReference<Window> window = new AtomicReference<>();

  private record Window(long startNanos, Map<InetAddress, AtomicInteger> replies) {}

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
    Map<InetAddress, AtomicInteger> replies = windowAt(now).replies;
    AtomicInteger ofSource = replies.get(source);
    if (ofSource == null) {
      if (replies.size() >= MAX_SOURCES) {
        return false;
      }
      ofSource = replies.computeIfAbsent(source, any -> new AtomicInteger());
    }
    return ofSource.incrementAndGet() <= perSecond;
  }

  /** The window that now falls into; whichever loop comes first after the last one begins it. */
  private Window windowAt(long now) {
    Window current = window.get();
    if (current != null && now - current.startNanos < WINDOW_NANOS) {
      return current;
    }
    window.compareAndSet(current, new Window(now, new ConcurrentHashMap<>()));
    return window.get();
  }
}
