package io.dualport.terminal;

/**
 * How much a terminal shows.
 *
 * @param columns 1 or more
 * @param rows 1 or more
 */
public record Size(int columns, int rows) {
  /** What a terminal had that had no choice; for one that does not tell. */
  public static final Size USUAL = new Size(80, 24);

  /**
   * @throws IllegalArgumentException if either is below 1
   */
  public Size {
    if (columns < 1 || rows < 1) {
      throw new IllegalArgumentException("a terminal of " + columns + "x" + rows);
    }
  }
}
