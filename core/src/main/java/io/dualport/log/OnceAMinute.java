package io.dualport.log;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For a fault that can come with every packet: one line a minute says it, a counter says how often.
 * From any thread.
 */
public final class OnceAMinute {
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - MINUTE_NANOS);

  /** Whether to say it now; true once a minute. */
  public boolean isDue() {
    long now = System.nanoTime();
    long said = saidNanos.get();
    return now - said >= MINUTE_NANOS && saidNanos.compareAndSet(said, now);
  }
}
