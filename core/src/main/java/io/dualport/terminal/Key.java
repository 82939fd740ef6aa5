package io.dualport.terminal;

/**
 * A key that was pressed.
 *
 * @param kind which
 * @param character the Unicode code point of {@link Kind#CHARACTER} and {@link Kind#PASTED}, else 0
 */
public record Key(Kind kind, int character) {
  /** What keys there are. */
  public enum Kind {
    CHARACTER,
    /** A character that was not typed: text, and no command. */
    PASTED,
    UP,
    DOWN,
    LEFT,
    RIGHT,
    PAGE_UP,
    PAGE_DOWN,
    HOME,
    END,
    ENTER,
    ESCAPE,
    BACKSPACE,
    /** Control-U, which empties a line of input. */
    ERASE_LINE,
    /** Control-L, which draws the screen anew. */
    REDRAW,
    /** Any other. */
    OTHER
  }

  /** A key that is no character. */
  public static Key of(Kind kind) {
    return new Key(kind, 0);
  }

  /** A character. */
  public static Key of(int character) {
    return new Key(Kind.CHARACTER, character);
  }
}
