package io.dualport.server.admin;

import java.util.concurrent.TimeUnit;

/**
 * Requests a second over all clients: an answer can cost milliseconds, and the echo shares the
 * machine. For the admin side's one thread.
 */
final class RequestRate {
  /** A dashboard asks four times a second, and some forty times as it loads. */
  static final int MAX_A_SECOND = 200;

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private long windowNanos = System.nanoTime();
  private int admitted;

  /**
   * @param now {@link System#nanoTime}
   */
  boolean admits(long now) {
    if (now - windowNanos >= SECOND_NANOS) {
      windowNanos = now;
      admitted = 0;
    }
    return ++admitted <= MAX_A_SECOND;
  }
}
