package io.dualport.server.admin;

import java.util.concurrent.TimeUnit;

/**
 * How much of its one thread the admin side may spend on answers: an answer about a hundred
 * thousand flows takes tens of milliseconds, and the echo shares the machine. What is spent must be
 * earned back before the next answer, so that health checks, which cost nothing, always find the
 * thread free. For the admin side's one thread.
 */
final class WorkBudget {
  /** Of each second. */
  static final long NANOS_A_SECOND = TimeUnit.MILLISECONDS.toNanos(400);

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private long creditNanos = NANOS_A_SECOND;
  private long creditedNanos = System.nanoTime();

  /**
   * Whether there is anything left to spend.
   *
   * @param now {@link System#nanoTime}
   */
  boolean admits(long now) {
    double earned = (double) (now - creditedNanos) * NANOS_A_SECOND / SECOND_NANOS;
    creditNanos = (long) Math.min(NANOS_A_SECOND, creditNanos + earned);
    creditedNanos = now;
    return creditNanos > 0;
  }

  /** Notes what an answer took; it may cost more than there was left, once. */
  void spent(long begunNanos, long endedNanos) {
    creditNanos -= endedNanos - begunNanos;
  }
}
