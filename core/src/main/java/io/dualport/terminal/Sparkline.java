package io.dualport.terminal;

import java.util.ArrayList;
import java.util.List;

/** Values as bars, one column each, the highest as high as there is room. */
public final class Sparkline {
  private static final String BLOCKS = " ▁▂▃▄▅▆▇█";
  private static final String ASCII = " _.:-=+*#";
  private static final int LEVELS = 8;

  private Sparkline() {}

  /** Bars in one line, as {@link #of(double[], int, int, Look)}. */
  public static String of(double[] values, int columns, Look look) {
    return of(values, columns, 1, look).get(0);
  }

  /**
   * The newest values on the right; blanks on the left where there are too few.
   *
   * @param values 0 or more each, the oldest first; NaN for a gap
   * @param columns 0 or more
   * @param rows 1 or more
   * @return so many lines, the uppermost first
   */
  public static List<String> of(double[] values, int columns, int rows, Look look) {
    String bars = look.blocks() ? BLOCKS : ASCII;
    int shown = Math.min(columns, values.length);
    int first = values.length - shown;
    double most = 0;
    for (int i = first; i < values.length; i++) {
      most = values[i] > most ? values[i] : most;
    }
    List<String> lines = new ArrayList<>();
    for (int row = rows - 1; row >= 0; row--) {
      StringBuilder line = new StringBuilder(" ".repeat(columns - shown));
      for (int i = first; i < values.length; i++) {
        int level = level(values[i], most, rows) - row * LEVELS;
        line.append(bars.charAt(Math.max(0, Math.min(LEVELS, level))));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** Nothing is the lowest bar, so that time is seen; something is never drawn like nothing. */
  private static int level(double value, double most, int rows) {
    if (Double.isNaN(value)) {
      return 0;
    }
    return value <= 0 ? 1 : 2 + (int) Math.round((rows * LEVELS - 2) * value / most);
  }
}
