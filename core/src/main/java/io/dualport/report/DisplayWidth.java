package io.dualport.report;

/**
 * How many terminal columns a text takes: two for an East Asian wide character, none for a
 * combining mark (Unicode Standard Annex 11, and wcwidth(3)).
 */
public final class DisplayWidth {
  /** First and last code point of the wide ranges, coarse: unassigned gaps inside do not matter. */
  private static final int[][] WIDE = {
    {0x1100, 0x115f}, // Hangul Jamo
    {0x2e80, 0x303e}, // CJK radicals and punctuation
    {0x3041, 0xa4cf}, // Kana, CJK ideographs, Yi
    {0xac00, 0xd7a3}, // Hangul syllables
    {0xf900, 0xfaff}, // CJK compatibility ideographs
    {0xfe30, 0xfe6f}, // CJK compatibility and small forms
    {0xff00, 0xff60}, // fullwidth forms
    {0xffe0, 0xffe6},
    {0x1f300, 0x1faff}, // emoji
    {0x20000, 0x3fffd}, // CJK extensions
  };

  private DisplayWidth() {}

  /** Columns that a text takes on a terminal. */
  public static int of(String text) {
    return text.codePoints().map(DisplayWidth::of).sum();
  }

  /** Columns that one character takes: 0, 1 or 2. */
  public static int of(int codePoint) {
    if (codePoint < WIDE[0][0]) {
      return isCombining(codePoint) ? 0 : 1;
    }
    for (int[] range : WIDE) {
      if (codePoint >= range[0] && codePoint <= range[1]) {
        return 2;
      }
    }
    return isCombining(codePoint) ? 0 : 1;
  }

  private static boolean isCombining(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK;
  }
}
