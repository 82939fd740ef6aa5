package io.dualport.client.message;

/**
 * Bytes of a message: one size, or any of a range with equal chance.
 *
 * @param min bytes, {@link #MIN} or more, so that a message can name itself
 * @param max bytes, {@code min} or more
 */
public record SizeRange(int min, int max) {
  /** What eight bytes of pattern need. */
  public static final int MIN = 8;

  /** The most that one message of a stream may have. */
  public static final int MAX = 16 << 20;

  public static final String ALLOWED =
      "a number of bytes from " + MIN + " to " + MAX + ", or a range such as 64..1400";

  private static final String DOTS = "..";

  /**
   * Reads {@code 128} or {@code 64..1400}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static SizeRange parse(String text) {
    int dots = text.indexOf(DOTS);
    int min = bytes(dots < 0 ? text : text.substring(0, dots));
    int max = dots < 0 ? min : bytes(text.substring(dots + DOTS.length()));
    if (min < MIN || max > MAX || min > max) {
      throw new IllegalArgumentException("out of range");
    }
    return new SizeRange(min, max);
  }

  private static int bytes(String text) {
    try {
      return Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a number of bytes", e);
    }
  }

  /** The size of a message; it follows from its number, so that nobody has to remember it. */
  public int of(long sequence) {
    if (min == max) {
      return min;
    }
    long mixed = sequence * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    return min + (int) Long.remainderUnsigned(mixed ^ mixed >>> 32, max - min + 1L);
  }

  @Override
  public String toString() {
    return min == max ? String.valueOf(min) : min + DOTS + max;
  }
}
