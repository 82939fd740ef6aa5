package io.dualport.lab.report;

import io.dualport.report.DisplayWidth;

/** Breaks lines for a terminal: at spaces, and between Chinese characters. */
final class Paragraph {
  private static final int WIDTH = 100;

  private Paragraph() {}

  /**
   * A text over as many lines as it takes.
   *
   * @param first before the first line
   * @param indent before the others
   */
  static String wrapped(String first, String indent, String text) {
    StringBuilder out = new StringBuilder();
    StringBuilder line = new StringBuilder(first);
    boolean empty = true;
    for (String piece : text.split("(?<= )|(?<=[\\u2E80-\\uFFEF])(?![，。；：？！、）」》])")) {
      boolean fits =
          DisplayWidth.of(line.toString()) + DisplayWidth.of(piece.stripTrailing()) <= WIDTH;
      if (!fits && !empty) {
        out.append(line.toString().stripTrailing()).append('\n');
        line = new StringBuilder(indent);
      }
      line.append(piece);
      empty = false;
    }
    return out.append(line.toString().stripTrailing()).append('\n').toString();
  }
}
