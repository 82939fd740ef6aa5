package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void shouldMakeCellsOfPlainValues() {
    Table table =
        Table.titled("values")
            .column("NAME", "name")
            .numbers("COUNT", "count")
            .row("one", 1)
            .row(Column.Alignment.LEFT, 2.50)
            .row(null, Cell.duration(1_230_000))
            .row("", Double.NaN)
            .build();

    assertThat(table.rows())
        .containsExactly(
            List.of(new Cell.Text("one"), new Cell.Quantity(BigDecimal.ONE, "1")),
            List.of(new Cell.Text("LEFT"), new Cell.Quantity(new BigDecimal("2.5"), "2.5")),
            List.of(
                new Cell.Missing(), new Cell.Quantity(BigDecimal.valueOf(1_230_000), "1.23 ms")),
            List.of(new Cell.Text(""), new Cell.Missing()));
  }

  @Test
  void shouldRoundForPeopleAndProgramsAlike() {
    assertThat(Cell.number(2.345, 2)).isEqualTo(new Cell.Quantity(new BigDecimal("2.35"), "2.35"));
    assertThat(Cell.number(1e9, 0).text()).isEqualTo("1000000000");
    assertThat(Cell.number(Double.POSITIVE_INFINITY, 2)).isEqualTo(Cell.missing());
  }

  @Test
  void shouldRefuseARowOfAnotherLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.titled("t").column("A", "a").row("x", "y").build())
        .withMessageContaining("row of 2 cells under 1 columns");
  }

  @Test
  void shouldRefuseKeysThatJsonCouldNotTellApart() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.titled("t").column("A", "a").column("B", "a").build())
        .withMessage("two columns with the key 'a'");
    assertThatIllegalArgumentException().isThrownBy(() -> Table.titled("t").column("A", ""));
    assertThatIllegalArgumentException().isThrownBy(() -> Table.titled("t").build());
  }

  @Test
  void shouldNotChangeWithTheListsItWasMadeOf() {
    List<Column> columns = List.of(new Column("A", "a", Column.Alignment.LEFT));
    List<Cell> row = new ArrayList<>(List.of(Cell.text("x")));
    List<List<Cell>> rows = new ArrayList<>(List.of(row));
    Table table = new Table("t", columns, rows, List.of());

    row.set(0, Cell.text("y"));
    rows.clear();

    assertThat(table.rows()).containsExactly(List.of(Cell.text("x")));
  }
}
