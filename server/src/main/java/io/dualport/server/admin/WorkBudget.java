package io.dualport.server.admin;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.TimeUnit;

/**
 * How much processor time the admin side's one thread may spend on answers: an answer about a
 * hundred thousand flows takes tens of milliseconds, and the echo shares the machine. What is spent
 * must be earned back before the next answer, so that health checks, which cost nothing, always
 * find the thread free. Time in which the thread waited for a core costs nothing: a busy machine is
 * when a monitor must be answered. For that one thread.
 */
final class WorkBudget {
  /** Of each second. */
  static final long NANOS_A_SECOND = TimeUnit.MILLISECONDS.toNanos(400);

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

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

  /**
   * A clock of what the calling thread spends, in ns from some origin: its processor time, or, on a
   * Java that does not measure that, the time that passes.
   */
  static long spendingNanos() {
    return THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled()
        ? THREADS.getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  /**
   * Notes what an answer took, by {@link #spendingNanos}; it may cost more than there was left,
   * once.
   */
  void spent(long begunNanos, long endedNanos) {
    creditNanos -= endedNanos - begunNanos;
  }
}
