package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.terminal.Line;
import io.dualport.terminal.Style;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TurnedAwayTest {
  private final Traffic traffic = new Traffic();

  @ParameterizedTest
  @CsvSource({
    "CLOSED_BY_ERROR, ALARM",
    "CLOSED_BY_REFUSAL, ALARM",
    "ACCEPT_FAILURES, ALARM",
    "CLOSED_BY_PEER, PLAIN"
  })
  void shouldAlarmAboutFaultsAlone(Counter reason, Style style) {
    traffic.countTcp(reason);
    Line expected =
        Line.builder()
            .add("closed", Style.FAINT)
            .to(9)
            .add(reason.reason() + " 1 (1/s)", style)
            .add("   ")
            .build();
    assertThat(new TurnedAway(traffic.model(), 200).lines().get(1)).isEqualTo(expected);
  }
}
