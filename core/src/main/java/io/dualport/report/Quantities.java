package io.dualport.report;

import java.util.Locale;

/** Counts and sizes as people read them, short enough for a column. */
public final class Quantities {
  private static final long EXACT_BELOW = 10_000_000;
  private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E"};

  private Quantities() {}

  /** All digits below ten millions, {@code 1,234,567}; else three of them, {@code 12.3 M}. */
  public static String count(double value) {
    long rounded = Math.round(value);
    return Math.abs(rounded) < EXACT_BELOW
        ? String.format(Locale.ROOT, "%,d", rounded)
        : prefixed(value);
  }

  /** As {@link #count}, but with a decimal below a hundred: {@code 0.4}, {@code 12.0}. */
  public static String rate(double value) {
    return Math.abs(value) < 99.95 ? String.format(Locale.ROOT, "%.1f", value) : count(value);
  }

  /**
   * How many of a hundred, without the sign: {@code 0}, {@code 0.012}, {@code 1.02}, {@code 25.0},
   * {@code 100}. Some are never shown as none, and not all never as all: {@code < 0.001}, {@code >
   * 99.9}. A dash where there is nothing to be part of.
   */
  public static String percent(long part, long whole) {
    if (whole == 0) {
      return Cell.MISSING_TEXT;
    }
    if (part == 0 || part == whole) {
      return part == 0 ? "0" : "100";
    }
    double percent = 100.0 * part / whole;
    if (percent < 0.0005) {
      return "< 0.001";
    }
    if (percent >= 99.95 && part < whole) {
      return "> 99.9";
    }
    int decimals = percent >= 9.995 ? 1 : percent >= 0.9995 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + decimals + "f", percent);
  }

  /** {@code 12 B}, {@code 1.58 MB}: three digits, of powers of 1000 (IEC 80000-13, SI). */
  public static String bytes(double value) {
    return prefixed(value) + "B";
  }

  /** Three digits and the prefix that makes them do: {@code 999 }, {@code 1.58 M}. */
  private static String prefixed(double value) {
    double shown = value;
    int prefix = 0;
    while (Math.abs(shown) >= 999.5 && prefix < PREFIXES.length - 1) {
      shown /= 1000;
      prefix++;
    }
    int decimals = prefix == 0 || Math.abs(shown) >= 99.95 ? 0 : Math.abs(shown) >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", shown, PREFIXES[prefix]);
  }
}
