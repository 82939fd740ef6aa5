package io.dualport.client.load.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.load.plan.ArrivalProcess;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SendTimesTest {
  @Test
  void shouldSpaceTheConnectionsOfAConstantRateEvenly() {
    TreeSet<Long> due = new TreeSet<>();
    for (int connection = 0; connection < 4; connection++) {
      SendTimes arrivals =
          new SendTimes(ArrivalProcess.CONSTANT, 1, 1_000_000, connection, 4, 1000);
      for (int i = 0; i < 25; i++) {
        due.add(arrivals.due());
        arrivals.advance();
      }
    }
    long expected = 1_000_000;
    for (long next : due) {
      assertThat(next).isEqualTo(expected);
      expected += 1_000_000;
    }
    assertThat(due).hasSize(100);
  }

  /** Mean and variance of a Poisson process of 1000/s in 100 s, each within 6 sigma. */
  @Test
  void shouldDrawExponentialGaps() {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int connection = 0; connection < 10; connection++) {
      SendTimes arrivals = new SendTimes(ArrivalProcess.POISSON, 99, 0, connection, 10, 1000);
      long last = 0;
      for (int i = 0; i < 10_000; i++) {
        double gap = (arrivals.due() - last) / 1e9;
        sum += gap;
        squares += gap * gap;
        count++;
        last = arrivals.due();
        arrivals.advance();
      }
    }
    double mean = sum / count;
    assertThat(mean).isBetween(0.01 * (1 - 0.019), 0.01 * (1 + 0.019));
    assertThat(squares / count / (mean * mean)).isBetween(1.9, 2.1); // exponential: 2
  }
}
