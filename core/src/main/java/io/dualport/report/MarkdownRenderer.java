package io.dualport.report;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Tables in GitHub Flavored Markdown (its specification, section 4.10): a heading, the table, notes
 * as paragraphs. Text is escaped, so that a cell can neither end its cell nor become markup or
 * HTML.
 */
final class MarkdownRenderer {
  private static final String SPECIAL = "\\|`*[";

  private MarkdownRenderer() {}

  static String render(Table table) {
    StringBuilder out = new StringBuilder();
    if (!table.title().isEmpty()) {
      out.append("### ").append(escaped(table.title())).append("\n\n");
    }
    line(table.columns().stream().map(column -> escaped(column.header())).toList(), out);
    line(table.columns().stream().map(MarkdownRenderer::delimiter).toList(), out);
    for (List<Cell> row : table.rows()) {
      line(row.stream().map(cell -> escaped(cell.text())).toList(), out);
    }
    for (String note : table.notes()) {
      out.append('\n').append(escaped(note)).append('\n');
    }
    return out.toString();
  }

  private static void line(List<String> cells, StringBuilder out) {
    out.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |"))).append('\n');
  }

  private static String delimiter(Column column) {
    return switch (column.alignment()) {
      case LEFT -> "---";
      case RIGHT -> "---:";
    };
  }

  /** Line ends become breaks, other controls are written out, markup loses its meaning. */
  private static String escaped(String text) {
    return text.lines()
        .map(line -> withoutMarkup(ControlCharacters.escaped(line)))
        .collect(Collectors.joining("<br>"));
  }

  private static String withoutMarkup(String line) {
    StringBuilder escaped = new StringBuilder(line.length() + 8);
    for (char c : line.toCharArray()) {
      switch (c) {
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '&' -> escaped.append("&amp;");
        default -> escaped.append(SPECIAL.indexOf(c) >= 0 ? "\\" : "").append(c);
      }
    }
    return escaped.toString();
  }
}
