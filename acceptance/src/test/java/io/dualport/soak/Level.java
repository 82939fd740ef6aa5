package io.dualport.soak;

/** Something that must not grow over one life of the server, as it is read at rest. */
final class Level {
  private final String what;
  private final int warmUp;
  private final long slack;
  private int readings;
  private long base;

  /**
   * @param warmUp so many readings may be higher than those before: the largest is the base
   * @param slack by how much a later one may lie above it
   */
  Level(String what, int warmUp, long slack) {
    this.what = what;
    this.warmUp = warmUp;
    this.slack = slack;
  }

  void add(long reading) {
    if (readings < warmUp) {
      base = Math.max(base, reading);
    }
    readings++;
  }

  /** What is wrong with a reading, or null. */
  String excess(long reading) {
    return readings < warmUp || reading <= base + slack
        ? null
        : "%s: %,d, after %,d at first; %,d more are allowed".formatted(what, reading, base, slack);
  }
}
