package io.dualport.client.load.plan;

/**
 * When the parts of a run begin and end, by {@link System#nanoTime}.
 *
 * @param beginNanos the warm-up, and with it sending
 * @param measureNanos what is due from here on counts
 * @param endNanos nothing is due from here on
 * @param lastSendNanos what was due before the end and had to wait is sent until here
 * @param drainedNanos what is in flight is waited for until here
 */
public record Timetable(
    long beginNanos, long measureNanos, long endNanos, long lastSendNanos, long drainedNanos) {

  /** The same run, asked to stop now. */
  public Timetable stoppedAt(long nanos, long drainNanos) {
    long end = Math.min(endNanos, nanos);
    return new Timetable(
        beginNanos,
        Math.min(measureNanos, end),
        end,
        end,
        Math.min(drainedNanos, end + drainNanos));
  }

  public double measuredSeconds() {
    return (endNanos - measureNanos) / 1e9;
  }
}
