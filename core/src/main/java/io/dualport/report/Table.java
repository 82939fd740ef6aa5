package io.dualport.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a command, a page or an experiment has to say, as values: any {@link Format} can show it,
 * and none can change it. Immutable.
 *
 * @param title one line; empty for none
 * @param columns at least one, with different keys
 * @param rows each as long as {@code columns}
 * @param notes remarks that belong below the table; may be empty
 */
public record Table(String title, List<Column> columns, List<List<Cell>> rows, List<String> notes) {

  /**
   * @throws IllegalArgumentException if there is no column, two have one key, or a row has another
   *     length
   */
  public Table {
    Objects.requireNonNull(title, "title");
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    notes = List.copyOf(notes);
    requireDistinctKeys(columns);
    for (List<Cell> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "row of " + row.size() + " cells under " + columns.size() + " columns: " + row);
      }
    }
  }

  /** Begins a table. */
  public static Builder titled(String title) {
    return new Builder(title);
  }

  /** The table as {@link TextRenderer} shows it. */
  @Override
  public String toString() {
    return Format.TEXT.render(this);
  }

  private static void requireDistinctKeys(List<Column> columns) {
    Set<String> keys = new HashSet<>();
    for (Column column : columns) {
      if (!keys.add(column.key())) {
        throw new IllegalArgumentException("two columns with the key '" + column.key() + "'");
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("a table needs a column");
    }
  }

  /** Collects columns, then rows. Not for several threads. */
  public static final class Builder {
    private final String title;
    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Builder(String title) {
      this.title = title;
    }

    /** A column of words, aligned left. */
    public Builder column(String header, String key) {
      return column(new Column(header, key, Column.Alignment.LEFT));
    }

    Builder column(Column column) {
      columns.add(column);
      return this;
    }

    /** A column of quantities, aligned right. */
    public Builder numbers(String header, String key) {
      return column(new Column(header, key, Column.Alignment.RIGHT));
    }

    /**
     * A row of plain values, in the order of the columns; see {@link Cell#of(Object)} for what
     * becomes of each.
     */
    public Builder row(Object... values) {
      rows.add(Arrays.stream(values).map(Cell::of).toList());
      return this;
    }

    /** A remark below the table. */
    public Builder note(String note) {
      notes.add(note);
      return this;
    }

    /**
     * @throws IllegalArgumentException as the constructor of {@link Table} does
     */
    public Table build() {
      return new Table(title, columns, rows, notes);
    }
  }
}
