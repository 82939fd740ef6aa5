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
