package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private final Grid grid =
      new Grid(
          List.of(
              new Grid.Heading("name", false, 0, 0, Style.PLAIN),
              new Grid.Heading("count", true, 2, 6, Style.PLAIN),
              new Grid.Heading("rate", true, 1, 0, Style.PLAIN)),
          List.of(
              List.of(cell("中"), cell("12"), cell("1.5")),
              List.of(cell("b"), cell("3"), cell(""))));

  @Test
  void shouldAlignByWhatATerminalShows() {
    assertThat(grid.lines(80))
        .extracting(Line::text)
        .containsExactly("name   count  rate", "中        12   1.5", "b          3      ");
  }

  @Test
  void shouldGiveUpTheLeastImportantColumnsFirst() {
    assertThat(grid.lines(17)).extracting(Line::text).first().isEqualTo("name  rate");
    assertThat(grid.lines(9)).extracting(Line::text).first().isEqualTo("name");
    assertThat(grid.lines(3)).extracting(Line::text).first().isEqualTo("nam");
  }

  private static Grid.Cell cell(String text) {
    return Grid.Cell.of(text);
  }
}
