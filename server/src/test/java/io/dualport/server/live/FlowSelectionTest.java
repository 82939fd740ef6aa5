package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowSelectionTest {
  private final Traffic traffic = new Traffic();

  @Test
  void shouldSelectWhatSortingAllWouldHavePutFirst() {
    traffic.twins(700);
    List<FlowRow> flows = traffic.model().flows();
    for (FlowColumn column : FlowColumn.values()) {
      for (boolean reversed : new boolean[] {false, true}) {
        Controls controls = new Controls(column, reversed, "", 15, false, Controls.Mode.LIST);
        List<FlowRow> sorted = flows.stream().sorted(column.order(reversed)).toList();
        assertThat(FlowSelection.of(flows, controls, 10).page()).isEqualTo(sorted.subList(15, 25));
      }
    }
  }

  @Test
  void shouldOrderAddressesAsNumbersAndThoseThatEndedFirst() {
    String[] sources = {"10.0.0.9", "10.0.0.10", "10.0.0.200", "::1"};
    for (String source : sources) {
      for (int port : new int[] {10_000, 9_000}) {
        traffic.flow(Protocol.TCP, source, port);
      }
    }
    traffic.end(traffic.flow(Protocol.TCP, "10.0.0.8", 1), "peer");
    traffic.end(traffic.flow(Protocol.TCP, "10.0.0.8", 2), "idle");
    List<FlowRow> flows = traffic.model().flows();
    assertThat(flows.stream().sorted(FlowColumn.SOURCE.order(false)).map(FlowColumn.SOURCE::text))
        .containsExactly(
            "10.0.0.8:1",
            "10.0.0.8:2",
            "10.0.0.9:9000",
            "10.0.0.9:10000",
            "10.0.0.10:9000",
            "10.0.0.10:10000",
            "10.0.0.200:9000",
            "10.0.0.200:10000",
            "[::1]:9000",
            "[::1]:10000");
    assertThat(flows.stream().sorted(FlowColumn.ENDED.order(false)).map(FlowColumn.ENDED::text))
        .startsWith("idle", "peer", "");
  }

  @Test
  void shouldListNoMoreThanItsLimitAndSayHowManyThereAre() {
    traffic.twins(FlowSelection.MAX_LISTED);
    Controls end = Controls.INITIAL.scrolledTo(Integer.MAX_VALUE);
    FlowSelection selection = FlowSelection.of(traffic.model().flows(), end, 10);
    assertThat(selection.offset()).isEqualTo(FlowSelection.MAX_LISTED - 10);
    assertThat(selection.matching()).isEqualTo(2 * FlowSelection.MAX_LISTED);
    assertThat(selection.page()).hasSize(10);
    assertThat(selection.twins()).hasSize(10);
  }
}
