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
  private List<Line> drawn = List.of();
  private Size size = Size.USUAL;

  /**
   * @param out where the terminal is
   */
  public Block(PrintStream out, Look look) {
    this.out = out;
    this.look = look;
  }

  /**
   * Draws the lines in place of the last ones, each cut to the terminal's width, and no more of
   * them than fit above the cursor: the cursor goes no higher than the screen.
   *
   * @param now how much the terminal shows
   */
  public void draw(List<Line> lines, Size now) {
    StringBuilder text = new StringBuilder(erasing(now));
    size = now;
    drawn =
        lines.stream()
            .limit(Math.max(0, now.rows() - 1))
            .map(line -> line.clipped(now.columns()))
            .toList();
    for (Line line : drawn) {
      text.append(NO_WRAP).append(line.encoded(look)).append(WRAP).append('\n');
    }
    out.print(text);
    out.flush();
  }

  /**
   * Leaves the terminal as if nothing had been drawn.
   *
   * @param now how much the terminal shows
   */
  public void erase(Size now) {
    if (!drawn.isEmpty()) {
      out.print(erasing(now));
      out.flush();
      drawn = List.of();
    }
  }

  /** What was drawn stays; the next lines come below: somebody else wrote meanwhile. */
  public void forget() {
    drawn = List.of();
  }

  private String erasing(Size now) {
    if (drawn.isEmpty()) {
      return "";
    }
    int rows = drawn.stream().mapToInt(line -> rows(line, now)).sum();
    return UP_A_LINE.repeat(Math.min(rows, now.rows() - 1)) + "\r" + CLEAR_TO_THE_END;
  }

  /** Most terminals that became narrower wrap what they show; nothing else is known of them. */
  private int rows(Line line, Size now) {
    return now.columns() < size.columns()
        ? Math.max(1, (line.width() + now.columns() - 1) / now.columns())
        : 1;
  }
}
