package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Flow;
import io.dualport.flow.Protocol;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private final Traffic traffic = new Traffic();

  @Test
  void shouldLeaveAGapWhereNoReadingCameAndShareWhatCameOverAllOfIt() {
    Flow flow = traffic.flow(Protocol.UDP, 40_000);
    traffic.count(flow, 6);
    traffic.model();
    traffic.count(flow, 20);
    Model model = traffic.modelAfter(Duration.ofSeconds(4));
    assertThat(model.lanes().get(Protocol.UDP).history())
        .containsExactly(600, Double.NaN, Double.NaN, Double.NaN, 500);
    assertThat(model.flows().get(0).messagesPerSecond()).isEqualTo(5);
    assertThat(model.historySeconds()).isEqualTo(1);
  }

  @Test
  void shouldRememberNoMoreThanItsChartShowsHoweverLongItStoodStill() {
    traffic.model();
    Model model = traffic.modelAfter(Duration.ofDays(1000));
    assertThat(model.lanes().get(Protocol.TCP).history()).hasSize(History.LENGTH);
  }
}
