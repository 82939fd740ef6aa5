package io.dualport.client.load.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import io.dualport.terminal.Block;
import io.dualport.terminal.Look;
import io.dualport.terminal.Size;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private final Look look = new Look(true, true);
  private Size size = Size.USUAL;
  private final Progress progress =
      new Progress(err, new Progress.Terminal(new Block(err, look), look, () -> size), false);

  @Test
  void shouldRedrawABlockWhoseLinesNeverWrap() {
    Progress progress = new Progress(err, terminal(100), false);
    progress.begin(4);
    for (int second = 1; second <= 2; second++) {
      progress.show(List.of(interval(Protocol.TCP, second), interval(Protocol.UDP, second)));
    }
    progress.end();

    String block = "\033[1A".repeat(4) + "\r\033[0J";
    String[] drawn = said().split(Pattern.quote(block), -1);
    assertThat(drawn).hasSize(3);
    assertThat(drawn[2]).isEmpty();
    for (int i = 0; i < 2; i++) {
      assertThat(drawn[i].lines())
          .hasSize(4)
          .allSatisfy(line -> assertThat(line).startsWith("\033[?7l").endsWith("\033[?7h"));
    }
    assertThat(plain(drawn[1]).lines().toList())
        .element(1)
        .asString()
        .matches("TCP +10.0 +1.28 kB +1 ms +1 ms +20.0 % +3 +4  ██");
    assertThat(drawn[1]).contains("░", "2 s left");
  }

  @Test
  void shouldNeverBeWiderThanTheTerminal() {
    for (int columns : new int[] {1, 20, 40, 80, 200}) {
      bytes.reset();
      Progress progress = new Progress(err, terminal(columns), false);
      progress.begin(10);
      progress.show(List.of(interval(Protocol.TCP, 1), interval(Protocol.UDP, 1)));
      assertThat(plain(said()).lines())
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
    }
  }

  @Test
  void shouldNeverBeHigherThanWhatTheCursorCanGoBackOver() {
    draw(new Size(80, 3));
    assertThat(said().lines()).hasSize(2);
    bytes.reset();
    progress.end();
    assertThat(said()).isEqualTo("\033[1A".repeat(2) + "\r\033[0J");
  }

  @Test
  void shouldEraseTheLinesThatANarrowerTerminalWrapped() {
    draw(new Size(80, 24));
    List<String> drawn = plain(said()).lines().toList();
    bytes.reset();
    int wrapped = drawn.stream().mapToInt(line -> (line.length() + 29) / 30).sum();
    assertThat(wrapped).isGreaterThan(drawn.size());
    draw(new Size(30, 24));
    assertThat(said()).startsWith("\033[1A".repeat(wrapped) + "\r\033[0J");
  }

  @Test
  void shouldEraseNothingOfWhatAShellWroteDuringASuspension() {
    draw(new Size(80, 24));
    progress.continued();
    bytes.reset();
    draw(new Size(80, 24));
    assertThat(said()).doesNotContain("\033[1A", "\033[0J");
    progress.continued();
    bytes.reset();
    progress.end();
    assertThat(said()).isEmpty();
  }

  private void draw(Size now) {
    size = now;
    progress.begin(10);
    progress.show(List.of(interval(Protocol.TCP, 1), interval(Protocol.UDP, 1)));
  }

  @Test
  void shouldWritePlainLinesWhereNobodyRedraws() {
    Progress progress = new Progress(err, null, false);
    progress.begin(4);
    progress.show(List.of(interval(Protocol.TCP, 1), interval(Protocol.UDP, 1)));
    progress.end();

    assertThat(said()).doesNotContain("\033");
    assertThat(said().lines())
        .containsExactly(
            "   1.0 s  TCP       10.0 msg/s 1.28 kB/s  p50 1 ms     p99 1 ms     lost 20.0 %  conns"
                + " 3  errors 4",
            "   1.0 s  UDP       10.0 msg/s 1.28 kB/s  p50 1 ms     p99 1 ms     lost 20.0 %  conns"
                + " 3  errors 4");
  }

  @Test
  void shouldSayNothingWhenAskedTo() {
    Progress progress = new Progress(err, terminal(80), true);
    progress.say("warming up");
    progress.begin(4);
    progress.show(List.of(interval(Protocol.TCP, 1)));
    progress.end();

    assertThat(said()).isEmpty();
  }

  private Progress.Terminal terminal(int columns) {
    return new Progress.Terminal(new Block(err, look), look, () -> new Size(columns, 24));
  }

  /** Without what a terminal obeys. */
  private static String plain(String drawn) {
    return drawn.replaceAll("\033\\[[?0-9;]*[A-Za-z]", "");
  }

  private static Progress.Interval interval(Protocol protocol, int second) {
    Histogram latencies = new Histogram(3);
    latencies.recordValue(1_000_000);
    return new Progress.Interval(protocol, second, 1, latencies, 10, 10, 2, 1280, 3, 4);
  }

  private String said() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
