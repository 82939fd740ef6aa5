package io.dualport.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * How long a process may take for something. Time for which its threads waited for a processor does
 * not count, as it is the machine that had none for them: run_delay, the second number of
 * /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
 */
final class Patience {
  /** Of the bound, whatever waits for a processor. */
  private static final int MOST_TIMES = 10;

  private final Path tasks;
  private final Duration bound;
  private final long begun = System.nanoTime();
  private long counted;
  private long lastLook = begun;
  private long lastDelay;

  Patience(long pid, Duration bound) {
    this.tasks = Path.of("/proc", String.valueOf(pid), "task");
    this.bound = bound;
    this.lastDelay = delayNanos();
  }

  /** To be asked again and again, some times a second. */
  boolean isOver() {
    long now = System.nanoTime();
    long delay = delayNanos();
    counted += Math.max(0, now - lastLook - Math.max(0, delay - lastDelay));
    lastLook = now;
    lastDelay = delay;
    return counted > bound.toNanos() || now - begun > MOST_TIMES * bound.toNanos();
  }

  /** Of all threads together; 0 where the process has ended, or the kernel does not tell. */
  private long delayNanos() {
    try (Stream<Path> threads = Files.list(tasks)) {
      return threads.mapToLong(thread -> delayNanos(thread.resolve("schedstat"))).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  private static long delayNanos(Path schedstat) {
    try {
      return Long.parseLong(List.of(Files.readString(schedstat).split(" ")).get(1));
    } catch (IOException | RuntimeException e) {
      return 0; // the thread has ended, or there is no such file
    }
  }
}
