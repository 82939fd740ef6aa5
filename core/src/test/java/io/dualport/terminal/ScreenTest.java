package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScreenTest {
  private static final Size SMALL = new Size(10, 3);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Screen screen =
      new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), new Look(true, true));

  @BeforeEach
  void enter() {
    screen.enter();
    assertThat(written()).contains("\033[?1049h", "\033[?25l", "\033[?7l", "\033[?2004h");
  }

  @Test
  void shouldWriteOnlyTheLinesThatChanged() {
    screen.draw(List.of(line("one"), line("two"), line("three")), SMALL);
    assertThat(written()).contains("\033[1;1Hone\033[K", "two", "three");

    screen.draw(List.of(line("one"), line("TWO"), line("three")), SMALL);
    assertThat(written()).isEqualTo("\033[?2026h\033[2;1HTWO\033[K\033[?2026l");

    screen.draw(List.of(line("one"), line("TWO"), line("three")), SMALL);
    assertThat(written()).isEmpty();

    screen.draw(List.of(line("one")), SMALL);
    assertThat(written()).contains("\033[2;1H\033[K", "\033[3;1H\033[K").doesNotContain("one");
  }

  @Test
  void shouldDrawEverythingOnAnotherSizeAndWhenSomebodyElseWrote() {
    screen.draw(List.of(line("one")), SMALL);
    written();
    screen.draw(List.of(line("one")), new Size(20, 3));
    assertThat(written()).contains("\033[2J", "one");
    screen.forget();
    screen.draw(List.of(line("one")), new Size(20, 3));
    assertThat(written()).contains("\033[2J", "one");
  }

  /** Clearing the rest of a full line would take its last character. */
  @Test
  void shouldCutLinesToTheWidthAndNotClearBehindAFullOne() {
    screen.draw(List.of(line("0123456789abc"), line("012345678中")), SMALL);
    assertThat(written())
        .contains("\033[1;1H0123456789\033[2;1H012345678\033[K")
        .doesNotContain("a", "中");
  }

  @Test
  void shouldGiveBackWhatItTookOnceAndDrawNothingAfterwards() {
    screen.leave();
    assertThat(written()).contains("\033[?1049l", "\033[?25h", "\033[?7h", "\033[?2004l");
    screen.leave();
    screen.draw(List.of(line("one")), SMALL);
    assertThat(written()).isEmpty();
  }

  @Test
  void shouldLetNoDataCommandTheTerminal() {
    screen.draw(List.of(line("\033[2J\u202e")), new Size(40, 3));
    assertThat(written()).contains("\\u001b[2J\\u202e");
  }

  @Test
  void shouldColourOnlyWhereColoursAreWanted() {
    screen.draw(List.of(Line.of("tcp", Style.TCP)), SMALL);
    assertThat(written()).contains("\033[1;36mtcp\033[0m");
    Screen plain =
        new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), new Look(false, true));
    plain.enter();
    written();
    plain.draw(List.of(Line.of("tcp", Style.TCP)), SMALL);
    assertThat(written()).contains("\033[1mtcp\033[0m").doesNotContain("36");
  }

  @Test
  void shouldWriteItsSignsInAsciiWhereUnicodeCannotBeShown() {
    Screen ascii =
        new Screen(new PrintStream(bytes, true, StandardCharsets.UTF_8), new Look(false, false));
    ascii.enter();
    ascii.draw(List.of(line("1 µs ↑↓")), SMALL);
    assertThat(written()).contains("1 us ^v").doesNotContain("µ");
  }

  private static Line line(String text) {
    return Line.of(text, Style.PLAIN);
  }

  private String written() {
    String written = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return written;
  }
}
