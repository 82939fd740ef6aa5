package io.dualport.terminal;

/** What a piece of text is, and with it how it looks; the words say everything by themselves. */
public enum Style {
  PLAIN("", ""),
  /** Headings. */
  STRONG("1", "1"),
  /** What one reads last. */
  FAINT("2", "2"),
  /** What is chosen: a column, a bar at the edge. */
  CHOSEN("7", "7"),
  TCP("1;36", "1"),
  UDP("1;35", "1"),
  /** What should not happen, or is turned away. */
  ALARM("1;31", "1");

  private final String coloured;
  private final String colourless;

  Style(String coloured, String colourless) {
    this.coloured = coloured;
    this.colourless = colourless;
  }

  /** The parameters of Select Graphic Rendition (ECMA-48, 8.3.117); empty for plain text. */
  String rendition(Look look) {
    return look.colours() ? coloured : colourless;
  }
}
