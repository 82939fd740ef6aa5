package io.dualport.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Columns, each with its head and its value in one place: neither order nor number can come apart.
 *
 * @param <R> what a row is about
 */
public final class Columns<R> {
  private final List<Column> heads = new ArrayList<>();
  private final List<Function<? super R, ?>> values = new ArrayList<>();

  /** A column of words, aligned left; see {@link Cell#of(Object)} for what becomes of a value. */
  public Columns<R> column(String header, String key, Function<? super R, ?> value) {
    return add(new Column(header, key, Column.Alignment.LEFT), value);
  }

  /** A column of quantities, aligned right. */
  public Columns<R> numbers(String header, String key, Function<? super R, ?> value) {
    return add(new Column(header, key, Column.Alignment.RIGHT), value);
  }

  private Columns<R> add(Column head, Function<? super R, ?> value) {
    heads.add(head);
    values.add(value);
    return this;
  }

  /** A table with a row for each of these, to which notes can be added. */
  public Table.Builder table(String title, Iterable<? extends R> rows) {
    Table.Builder table = Table.titled(title);
    heads.forEach(table::column);
    for (R row : rows) {
      table.row(values.stream().map(value -> value.apply(row)).toArray());
    }
    return table;
  }
}
