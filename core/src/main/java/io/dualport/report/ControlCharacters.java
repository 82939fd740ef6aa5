package io.dualport.report;

/**
 * Characters that a terminal obeys instead of showing.
 *
 * <p>Names of processes and bytes from the network are chosen by others. Printed as they are, an
 * escape sequence could rewrite the screen, and a bidirectional override could reorder what is read
 * (Unicode Technical Report 36, section 2.5).
 */
public final class ControlCharacters {
  private ControlCharacters() {}

  /**
   * The same text with every such character written out: {@code \n}, {@code \r}, {@code \t}, else
   * {@code \}{@code u001b}. A backslash that was there stays as it is.
   */
  public static String escaped(String text) {
    if (text.codePoints().noneMatch(ControlCharacters::isControl)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            codePoint -> {
              if (isControl(codePoint)) {
                appendEscape(codePoint, escaped);
              } else {
                escaped.appendCodePoint(codePoint);
              }
            });
    return escaped.toString();
  }

  /**
   * Controls (C0, DEL, C1), format characters such as bidirectional overrides, line and paragraph
   * separators, and halves of surrogate pairs.
   */
  static boolean isControl(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  private static void appendEscape(int codePoint, StringBuilder target) {
    switch (codePoint) {
      case '\n' -> target.append("\\n");
      case '\r' -> target.append("\\r");
      case '\t' -> target.append("\\t");
      default -> {
        for (char half : Character.toChars(codePoint)) {
          target.append(Words.format("\\u%04x", (int) half));
        }
      }
    }
  }
}
