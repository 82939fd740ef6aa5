package io.dualport.terminal;

import io.dualport.report.ControlCharacters;
import io.dualport.report.DisplayWidth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A table that gives up its least important columns until it fits. Immutable. */
public final class Grid {
  private static final int GAP = 2;

  private final List<Heading> headings;
  private final List<List<Cell>> rows;

  /**
   * A column.
   *
   * @param text above it
   * @param alignsRight whether its cells are numbers
   * @param rank 0 for the most important; a higher one is given up first
   * @param leastWidth so that a column does not move whenever a number gets a digit
   * @param style of the text
   */
  public record Heading(String text, boolean alignsRight, int rank, int leastWidth, Style style) {}

  /** What stands in a column. */
  public record Cell(String text, Style style) {
    /** A plain cell. */
    public static Cell of(String text) {
      return new Cell(text, Style.PLAIN);
    }
  }

  /**
   * @param rows each as long as the headings
   */
  public Grid(List<Heading> headings, List<List<Cell>> rows) {
    this.headings = List.copyOf(headings);
    this.rows = rows.stream().map(List::copyOf).toList();
  }

  /** The line of headings and one for each row, none wider than so many columns. */
  public List<Line> lines(int columns) {
    int[] widths = widths();
    List<Integer> kept = kept(widths, columns);
    List<Line> lines = new ArrayList<>();
    lines.add(line(headings.stream().map(h -> new Cell(h.text, h.style)).toList(), kept, widths));
    rows.forEach(row -> lines.add(line(row, kept, widths)));
    return lines.stream().map(line -> line.clipped(columns)).toList();
  }

  private int[] widths() {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(headings.get(i).leastWidth, width(headings.get(i).text));
      for (List<Cell> row : rows) {
        widths[i] = Math.max(widths[i], width(row.get(i).text));
      }
    }
    return widths;
  }

  /** By rank as long as there is room; then in the order of the table. */
  private List<Integer> kept(int[] widths, int columns) {
    List<Integer> byRank = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      byRank.add(i);
    }
    byRank.sort(Comparator.comparingInt(i -> headings.get(i).rank));
    List<Integer> kept = new ArrayList<>();
    int left = columns + GAP;
    for (int i : byRank) {
      left -= widths[i] + GAP;
      if (left < 0 && !kept.isEmpty()) {
        break;
      }
      kept.add(i);
    }
    kept.sort(Comparator.naturalOrder());
    return kept;
  }

  private Line line(List<Cell> cells, List<Integer> kept, int[] widths) {
    Line.Builder line = Line.builder();
    for (int i : kept) {
      Cell cell = cells.get(i);
      String padding = " ".repeat(Math.max(0, widths[i] - width(cell.text)));
      line.add(line.width() == 0 ? "" : " ".repeat(GAP));
      if (headings.get(i).alignsRight) {
        line.add(padding).add(cell.text, cell.style);
      } else {
        line.add(cell.text, cell.style).add(padding);
      }
    }
    return line.build();
  }

  private static int width(String text) {
    return DisplayWidth.of(ControlCharacters.escaped(text));
  }
}
