package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Flow;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowRatesTest {
  private static final Instant BEGIN = Instant.now();

  private final Traffic traffic = new Traffic();
  private final FlowRates rates = new FlowRates();

  @Test
  void shouldDivideWhatCameBetweenTwoReadingsByTheTimeBetweenThem() {
    Flow flow = traffic.flow(Protocol.UDP, 40_000);
    traffic.count(flow, 30);
    assertThat(rates.rows(at(0), 1).get(0).messagesPerSecond()).isNaN();
    traffic.count(flow, 10);
    FlowRow row = rates.rows(at(2), 2).get(0);
    assertThat(row.messagesPerSecond()).isEqualTo(5);
    assertThat(row.bytesPerSecond()).isEqualTo(500);
    assertThat(rates.rows(at(3), 1).get(0).messagesPerSecond()).isZero();
  }

  @Test
  void shouldCountAFlowThatBeganMeanwhileFromItsFirstMessage() {
    rates.rows(at(-1), 1);
    traffic.count(traffic.flow(Protocol.TCP, 40_000), 7);
    assertThat(rates.rows(at(0), 1).get(0).messagesPerSecond()).isEqualTo(7);
  }

  @Test
  void shouldTakeAConnectionOpenedAgainFromTheSamePortForAnother() {
    Flow first = traffic.flow(Protocol.TCP, 40_000);
    traffic.count(first, 5);
    rates.rows(at(0), 1);
    traffic.end(first, "peer");
    traffic.count(traffic.flow(Protocol.TCP, 40_000), 8);
    List<FlowRow> rows = rates.rows(at(1), 1);
    assertThat(rows).extracting(row -> row.flow().endedBy()).containsExactly(null, "peer");
    assertThat(rows).extracting(FlowRow::messagesPerSecond).containsExactly(8.0, 0.0);
  }

  @Test
  void shouldRememberNoMoreFlowsThanItsLimitAndForgetThoseThatAreGone() {
    FlowRates few = new FlowRates(3);
    List<Flow> flows = traffic.twins(3);
    few.rows(at(0), 1);
    assertThat(few.rows(at(1), 1))
        .extracting(row -> Double.isNaN(row.messagesPerSecond()))
        .containsExactly(false, false, false, true, true, true);
    flows.subList(0, 3).forEach(flow -> traffic.end(flow, "peer"));
    // Ended flows are listed, and known, until others take their place.
    for (int i = 0; i < 300; i++) {
      traffic.end(traffic.flow(Protocol.TCP, 50_000 + i), "peer");
    }
    few.rows(at(2), 1);
    few.rows(at(3), 1);
    assertThat(few.rows(at(4), 1))
        .filteredOn(row -> row.flow().endedBy() == null)
        .extracting(row -> Double.isNaN(row.messagesPerSecond()))
        .containsExactly(false, false, false);
  }

  /** A reading as if it were taken so many seconds after the first. */
  private TableSnapshot at(int seconds) {
    TableSnapshot now = traffic.snapshot();
    Instant taken = BEGIN.plus(Duration.ofSeconds(seconds));
    return new TableSnapshot(taken, now.protocols(), now.live(), now.recent());
  }
}
