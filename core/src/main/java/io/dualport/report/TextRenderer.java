package io.dualport.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Tables for a terminal: title, header, rows, notes; two spaces between columns, none at the end of
 * a line. A table without rows says {@code (none)}.
 */
final class TextRenderer {
  private static final String GAP = "  ";

  private final Table table;
  private final StringBuilder out = new StringBuilder();

  private TextRenderer(Table table) {
    this.table = table;
  }

  static String render(Table table) {
    return new TextRenderer(table).document();
  }

  private String document() {
    if (!table.title().isEmpty()) {
      line(ControlCharacters.escaped(table.title()));
    }
    List<List<String>> grid = grid();
    int[] widths = widths(grid);
    grid.forEach(row -> line(aligned(row, widths)));
    if (table.rows().isEmpty()) {
      line("(none)");
    }
    table.notes().forEach(note -> line(ControlCharacters.escaped(note)));
    return out.toString();
  }

  /** Header and rows, every text as it will be printed. */
  private List<List<String>> grid() {
    List<List<String>> grid = new ArrayList<>();
    grid.add(
        table.columns().stream()
            .map(column -> ControlCharacters.escaped(column.header()))
            .toList());
    for (List<Cell> row : table.rows()) {
      grid.add(row.stream().map(cell -> ControlCharacters.escaped(cell.text())).toList());
    }
    return grid;
  }

  private int[] widths(List<List<String>> grid) {
    int[] widths = new int[table.columns().size()];
    for (List<String> row : grid) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], DisplayWidth.of(row.get(i)));
      }
    }
    return widths;
  }

  private String aligned(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - DisplayWidth.of(row.get(i)));
      line.append(i == 0 ? "" : GAP);
      switch (table.columns().get(i).alignment()) {
        case LEFT -> line.append(row.get(i)).append(padding);
        case RIGHT -> line.append(padding).append(row.get(i));
      }
    }
    return line.toString();
  }

  private void line(String text) {
    out.append(text.stripTrailing()).append('\n');
  }
}
