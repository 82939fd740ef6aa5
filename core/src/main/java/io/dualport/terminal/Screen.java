package io.dualport.terminal;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole of a terminal, on its alternate screen, so that what was there before comes back. Each
 * picture is one write of the lines that changed. Not for several threads.
 *
 * <p>Sequences: ECMA-48, and the private modes of xterm (ctlseqs): 1049 alternate screen, 25
 * cursor, 7 automatic wrap, 2004 pasted text in brackets, 2026 one picture at a time, which
 * terminals without it ignore.
 */
public final class Screen {
  private static final String ENTER = "\033[?1049h\033[?25l\033[?7l\033[?2004h\033[2J";
  private static final String LEAVE = "\033[0m\033[?2004l\033[?7h\033[?25h\033[?1049l";
  private static final String BEGIN_PICTURE = "\033[?2026h";
  private static final String END_PICTURE = "\033[?2026l";
  private static final String CLEAR = "\033[0m\033[2J";
  private static final String CLEAR_REST_OF_LINE = "\033[K";

  private final PrintStream out;
  private final Look look;
  private final List<Line> shown = new ArrayList<>();
  private Size size = Size.USUAL;
  private boolean entered;

  /**
   * @param out where the terminal is
   */
  public Screen(PrintStream out, Look look) {
    this.out = out;
    this.look = look;
  }

  /** Takes the screen; again, and it is drawn anew. */
  public void enter() {
    entered = true;
    shown.clear();
    write(ENTER);
  }

  /** Gives the screen back as it was. Does nothing where it is not taken. */
  public void leave() {
    if (entered) {
      entered = false;
      write(LEAVE);
    }
  }

  /** The next picture is drawn whole: somebody else wrote on the screen. */
  public void forget() {
    shown.clear();
  }

  /**
   * Shows lines from the top; the rest of the screen is empty.
   *
   * @param now what does not fit into it is cut off
   */
  public void draw(List<Line> lines, Size now) {
    if (!entered) {
      return;
    }
    StringBuilder picture = new StringBuilder(BEGIN_PICTURE);
    if (!now.equals(size) || shown.isEmpty()) {
      size = now;
      shown.clear();
      picture.append(CLEAR);
    }
    int begin = picture.length();
    for (int row = 0; row < size.rows(); row++) {
      Line line = row < lines.size() ? lines.get(row).clipped(size.columns()) : Line.EMPTY;
      if (row == shown.size()) {
        shown.add(Line.EMPTY);
      }
      if (!line.equals(shown.set(row, line))) {
        append(picture, row, line);
      }
    }
    if (picture.length() > begin) {
      write(picture.append(END_PICTURE).toString());
    }
  }

  /** A line that ends in the last column leaves the cursor on it, and clearing would take it. */
  private void append(StringBuilder picture, int row, Line line) {
    picture.append("\033[").append(row + 1).append(";1H").append(line.encoded(look));
    if (line.width() < size.columns()) {
      picture.append(CLEAR_REST_OF_LINE);
    }
  }

  private void write(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }
}
