package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

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
        Controls controls = new Controls(column, reversed, "", false, 15, false, false, false);
        List<FlowRow> sorted = flows.stream().sorted(column.order(reversed)).toList();
        assertThat(FlowSelection.of(flows, controls, 10).page()).isEqualTo(sorted.subList(15, 25));
      }
    }
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
