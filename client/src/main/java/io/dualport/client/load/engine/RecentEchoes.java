package io.dualport.client.load.engine;

/**
 * Which of the latest message numbers of a socket came back, to tell a second echo from a late
 * first one. Older numbers are forgotten: a duplicate comes soon after its twin, while what comes
 * much later is late.
 */
final class RecentEchoes {
  /** Numbers remembered; a bit each. */
  static final int MEMORY = 8192;

  private final long[] bits = new long[MEMORY / Long.SIZE];

  /** Makes room for a new number. */
  void forget(long n) {
    bits[word(n)] &= ~(1L << n);
  }

  void add(long n) {
    bits[word(n)] |= 1L << n;
  }

  /**
   * @param next the number after the latest
   */
  boolean contains(long n, long next) {
    return next - n <= MEMORY && (bits[word(n)] & 1L << n) != 0;
  }

  private static int word(long n) {
    return (int) n >>> 6 & MEMORY / Long.SIZE - 1;
  }
}
