package io.dualport.terminal;

import java.io.PrintStream;
import java.util.List;

/**
 * A few lines that are drawn again in place, below what was printed before. Not for several
 * threads.
 */
public final class Block {
  private static final String UP_A_LINE = "\033[1A";
  private static final String CLEAR_TO_THE_END = "\033[0J";

  /** A line that is longer than the terminal is wide stays one line (DECAWM off, and on again). */
  private static final String NO_WRAP = "\033[?7l";

  private static final String WRAP = "\033[?7h";

  private final PrintStream out;
  private final Look look;
  private int drawn;

  /**
   * @param out where the terminal is
   */
  public Block(PrintStream out, Look look) {
    this.out = out;
    this.look = look;
  }

  /** Draws the lines in place of the last ones, each cut to so many columns. */
  public void draw(List<Line> lines, int columns) {
    StringBuilder text = new StringBuilder(erasing());
    for (Line line : lines) {
      String encoded = line.clipped(columns).encoded(look);
      text.append(NO_WRAP).append(encoded).append(WRAP).append('\n');
    }
    drawn = lines.size();
    out.print(text);
    out.flush();
  }

  /** Leaves the terminal as if nothing had been drawn. */
  public void erase() {
    if (drawn > 0) {
      out.print(erasing());
      out.flush();
      drawn = 0;
    }
  }

  private String erasing() {
    return drawn == 0 ? "" : UP_A_LINE.repeat(drawn) + "\r" + CLEAR_TO_THE_END;
  }
}
