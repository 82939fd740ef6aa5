package io.dualport.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the kernel obeys the rule is ShardsTest's. */
class DatagramGroupTest {
  private static final int FIRST = 32768;
  private static final int LAST = 60999;

  @ParameterizedTest(name = "steps of {0}")
  @ValueSource(ints = {1, 2, 3, 4, 16, 64})
  void shouldSpreadSourcePortsWhateverTheirSteps(int step) {
    for (int size : new int[] {1, 2, 3, 4, 8, 12}) {
      int[] flows = new int[size];
      IntStream.iterate(FIRST, port -> port <= LAST, port -> port + step)
          .forEach(port -> flows[DatagramGroup.memberOf(port, size)]++);

      double mean = IntStream.of(flows).average().orElseThrow();
      for (int count : flows) {
        assertThat((double) count).as("%d members", size).isBetween(0.7 * mean, 1.3 * mean);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65535})
  void shouldKnowAMemberForEveryPort(int port) {
    for (int size = 1; size <= 1024; size++) {
      assertThat(DatagramGroup.memberOf(port, size)).isBetween(0, size - 1);
    }
  }
}
