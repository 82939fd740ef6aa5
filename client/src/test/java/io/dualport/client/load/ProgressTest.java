package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void shouldRedrawABlockWhoseLinesNeverWrap() {
    Progress progress = new Progress(err, true, false);
    for (int second = 1; second <= 2; second++) {
      progress.show(interval(Protocol.TCP, second), true);
      progress.show(interval(Protocol.UDP, second), false);
    }
    progress.end();

    String block = "\033[1A\033[1A\r\033[0J";
    String[] drawn = said().split(Pattern.quote(block), -1);
    assertThat(drawn).hasSize(3);
    assertThat(drawn[2]).isEmpty();
    for (int i = 0; i < 2; i++) {
      assertThat(drawn[i].lines())
          .hasSize(2)
          .allSatisfy(line -> assertThat(line).startsWith("\033[?7l").endsWith("\033[?7h"));
    }
  }

  @Test
  void shouldWritePlainLinesWhereNobodyRedraws() {
    Progress progress = new Progress(err, false, false);
    progress.show(interval(Protocol.TCP, 1), true);
    progress.show(interval(Protocol.UDP, 1), false);
    progress.end();

    assertThat(said()).doesNotContain("\033");
    assertThat(said().lines())
        .containsExactly(
            "   1.0 s  TCP         10 msg/s      0.0 MB/s  p50 1 ms     p99 1 ms     lost 20.00 %  conns 3  errors 4",
            "   1.0 s  UDP         10 msg/s      0.0 MB/s  p50 1 ms     p99 1 ms     lost 20.00 %  conns 3  errors 4");
  }

  @Test
  void shouldSayNothingWhenAskedTo() {
    Progress progress = new Progress(err, true, true);
    progress.say("warming up");
    progress.show(interval(Protocol.TCP, 1), true);
    progress.end();

    assertThat(said()).isEmpty();
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
