package io.dualport.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;

/** Spans of time as people read them. */
public final class Durations {
  private static final MathContext THREE_DIGITS = new MathContext(3, RoundingMode.HALF_UP);
  private static final long SECOND = 1_000_000_000L;
  private static final String[] SMALL_UNITS = {"ns", "µs", "ms", "s"};

  private Durations() {}

  /**
   * Below a minute three significant digits without trailing zeros, such as {@code 0 ns}, {@code 45
   * µs}, {@code 1.23 ms}, {@code 59.9 s}; above it two whole units, such as {@code 2 min 5 s},
   * {@code 3 h 12 min}, {@code 4 d 1 h}, the smaller one rounded down and left out if 0.
   *
   * @param nanos nanoseconds; negative ones get a minus sign
   */
  public static String text(long nanos) {
    if (nanos < 0) {
      return "-" + text(nanos == Long.MIN_VALUE ? Long.MAX_VALUE : -nanos);
    }
    long rounded = BigDecimal.valueOf(nanos).round(THREE_DIGITS).longValue();
    return nanos < 60 * SECOND && rounded < 60 * SECOND
        ? small(rounded)
        : large(Math.max(nanos / SECOND, 60));
  }

  /**
   * As {@link #text(long)}; beyond 292 years, the most that nanoseconds can count, as 292 years.
   */
  public static String text(Duration duration) {
    try {
      return text(duration.toNanos());
    } catch (ArithmeticException tooLong) {
      return text(duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE);
    }
  }

  private static String small(long nanos) {
    BigDecimal value = BigDecimal.valueOf(nanos);
    int unit = 0;
    while (unit < SMALL_UNITS.length - 1 && value.compareTo(BigDecimal.valueOf(1000)) >= 0) {
      value = value.movePointLeft(3);
      unit++;
    }
    String digits = value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    return digits + " " + SMALL_UNITS[unit];
  }

  private static String large(long seconds) {
    if (seconds < 3600) {
      return two(seconds / 60, "min", seconds % 60, "s");
    }
    return seconds < 86_400
        ? two(seconds / 3600, "h", seconds % 3600 / 60, "min")
        : two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h");
  }

  private static String two(long large, String largeUnit, long small, String smallUnit) {
    String text = large + " " + largeUnit;
    return small == 0 ? text : text + " " + small + " " + smallUnit;
  }
}
