package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LookTest {
  @Test
  void shouldHaveColoursUnlessNobodyWantsThem() {
    assertThat(Look.of(Map.of()).colours()).isTrue();
    assertThat(Look.of(Map.of("NO_COLOR", "")).colours()).isTrue();
    assertThat(Look.of(Map.of("NO_COLOR", "1")).colours()).isFalse();
  }

  @Test
  void shouldDrawBlocksUnlessTheTerminalSaysItCannot() {
    assertThat(Look.of(Map.of()).blocks()).isTrue();
    assertThat(Look.of(Map.of("LANG", "C")).blocks()).isTrue();
    assertThat(Look.of(Map.of("LANG", "zh_CN.UTF-8", "TERM", "xterm")).blocks()).isTrue();
    assertThat(Look.of(Map.of("LANG", "zh_CN.GB18030")).blocks()).isFalse();
    assertThat(Look.of(Map.of("LANG", "C.utf8", "LC_ALL", "de_DE.ISO-8859-1")).blocks()).isFalse();
    assertThat(Look.of(Map.of("TERM", "linux")).blocks()).isFalse();
  }

  @Test
  void shouldKnowATerminalThatCannotMoveItsCursor() {
    assertThat(Look.isDumb(Map.of("TERM", "dumb"))).isTrue();
    assertThat(Look.isDumb(Map.of())).isTrue();
    assertThat(Look.isDumb(Map.of("TERM", "tmux-256color"))).isFalse();
  }
}
