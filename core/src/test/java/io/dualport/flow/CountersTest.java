package io.dualport.flow;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CountersTest {
  @Test
  void shouldCountEachCellOnItsOwn() {
    Counters counters = new Counters();
    for (Counter counter : Counter.values()) {
      counters.add(counter, 100 + counter.ordinal());
      counters.increment(counter);
    }

    for (Counter counter : Counter.values()) {
      assertThat(counters.get(counter)).isEqualTo(101 + counter.ordinal());
      assertThat(counters.values().get(counter)).isEqualTo(101 + counter.ordinal());
    }
  }

  @Test
  void shouldCountBeyondTheRangeOfAnInt() {
    Counters counters = new Counters();
    counters.add(Counter.BYTES_IN, Integer.MAX_VALUE);
    counters.add(Counter.BYTES_IN, Integer.MAX_VALUE);

    assertThat(counters.get(Counter.BYTES_IN)).isEqualTo(4_294_967_294L);
  }

  @Test
  void shouldAddAllOfAnothersCells() {
    Counters sum = counters(Counter.BYTES_IN, 5);
    sum.addAll(counters(Counter.BYTES_IN, 6));
    sum.addAll(counters(Counter.BYTES_OUT, 7));

    assertThat(sum.values())
        .isEqualTo(
            counters(Counter.BYTES_IN, 11).values().plus(counters(Counter.BYTES_OUT, 7).values()));
  }

  @Test
  void shouldKeepAReadingWhenCountingGoesOn() {
    Counters counters = counters(Counter.MESSAGES_IN, 1);
    CounterValues reading = counters.values();
    counters.increment(Counter.MESSAGES_IN);
    CounterValues sum = reading.plus(counters.values());

    assertThat(reading.get(Counter.MESSAGES_IN)).isEqualTo(1);
    assertThat(sum.get(Counter.MESSAGES_IN)).isEqualTo(3);
    assertThat(CounterValues.ZERO.get(Counter.MESSAGES_IN)).isZero();
  }

  @Test
  void shouldCompareReadingsByTheirValues() {
    CounterValues five = counters(Counter.BYTES_IN, 5).values();

    assertThat(five)
        .isEqualTo(counters(Counter.BYTES_IN, 5).values())
        .hasSameHashCodeAs(counters(Counter.BYTES_IN, 5).values())
        .isNotEqualTo(counters(Counter.BYTES_IN, 6).values())
        .isNotEqualTo(counters(Counter.BYTES_OUT, 5).values())
        .hasToString("bytes in 5");
    assertThat(CounterValues.ZERO).hasToString("all zero").isEqualTo(new Counters().values());
  }

  @Test
  void shouldTakeEveryCauseOfAnEndOffTheOpenConnections() {
    Counters counters = counters(Counter.CONNECTIONS_ACCEPTED, 100);
    Counter.closes().forEach(counters::increment);

    assertThat(Counter.closes()).hasSize(8);
    assertThat(counters.values().connectionsOpen()).isEqualTo(92);
  }

  @Test
  void shouldSumTheDropsOnly() {
    Counters counters = new Counters();
    for (Counter counter : Counter.values()) {
      counters.increment(counter);
    }

    assertThat(counters.values().sum(Counter.drops())).isEqualTo(Counter.drops().size());
    assertThat(Counter.drops()).allMatch(c -> c.appliesTo(UDP) && !c.appliesTo(TCP));
    assertThat(Counter.closes()).allMatch(c -> c.appliesTo(TCP) && !c.appliesTo(UDP));
  }

  @Test
  void shouldTellTheCountersApartInATableAndInJson() {
    List<Counter> all = Arrays.asList(Counter.values());

    assertThat(all).extracting(Counter::label).doesNotHaveDuplicates().doesNotContain("");
    assertThat(all).extracting(Counter::key).doesNotHaveDuplicates();
    assertThat(all).extracting(Counter::meaning).doesNotHaveDuplicates().doesNotContain("");
    assertThat(Counter.closes()).extracting(Counter::reason).doesNotHaveDuplicates();
    assertThat(Counter.CLOSED_BY_PEER.reason()).isEqualTo("peer");
    assertThat(Counter.BYTES_IN.reason()).isEqualTo("bytes in");
    assertThat(Counter.DROPPED_OWN_PORT.key()).isEqualTo("droppedOwnPort");
  }

  @Test
  @Timeout(60)
  void shouldLetAnotherThreadReadWhileItsWriterCounts() throws InterruptedException {
    Counters counters = new Counters();
    long last = 2_000_000;
    Thread writer =
        new Thread(
            () -> {
              for (long i = 0; i < last; i++) {
                counters.add(Counter.BYTES_IN, 1_000_000_007L);
                counters.increment(Counter.MESSAGES_IN);
              }
            });
    writer.start();
    long bytes = 0;
    while (counters.get(Counter.MESSAGES_IN) < last) {
      long now = counters.get(Counter.BYTES_IN);
      assertThat(now).isGreaterThanOrEqualTo(bytes);
      assertThat(now % 1_000_000_007L).as("a whole number of additions").isZero();
      bytes = now;
    }
    writer.join();

    assertThat(counters.get(Counter.BYTES_IN)).isEqualTo(last * 1_000_000_007L);
  }

  /** Whoever reads while it is counted may see less, but nothing that left without having come. */
  @Test
  @Timeout(60)
  void shouldNeverBeSeenWithMoreOutThanIn() throws InterruptedException {
    Counters counters = new Counters();
    long last = 2_000_000;
    Thread writer =
        new Thread(
            () -> {
              for (long i = 0; i < last; i++) {
                counters.increment(Counter.CONNECTIONS_ACCEPTED);
                counters.increment(Counter.MESSAGES_IN);
                counters.increment(Counter.BYTES_IN);
                counters.increment(Counter.MESSAGES_OUT);
                counters.increment(Counter.BYTES_OUT);
                counters.increment(Counter.CLOSED_BY_PEER);
              }
            });
    writer.start();
    CounterValues now;
    do {
      now = counters.values();
      assertThat(now.get(Counter.MESSAGES_OUT)).isLessThanOrEqualTo(now.get(Counter.MESSAGES_IN));
      assertThat(now.get(Counter.BYTES_OUT)).isLessThanOrEqualTo(now.get(Counter.BYTES_IN));
      assertThat(now.connectionsOpen()).isNotNegative();
    } while (now.get(Counter.BYTES_OUT) < last);
    writer.join();
  }

  private static Counters counters(Counter counter, long value) {
    Counters counters = new Counters();
    counters.add(counter, value);
    return counters;
  }
}
