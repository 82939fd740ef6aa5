package io.dualport.flow;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The check of the books, on books that are wrong. */
class ProtocolSnapshotTest {
  private static final CounterValues ZERO = CounterValues.ZERO;

  @ParameterizedTest
  @EnumSource(
      value = Counter.class,
      names = {"MESSAGES_IN", "READS", "BYTES_IN", "DROPPED_.*"},
      mode = EnumSource.Mode.MATCH_ANY)
  void shouldNameEachCountWhoseTotalIsNotTheSumOfItsParts(Counter counter) {
    ProtocolSnapshot tooMuch = udp(of(counter, 7), of(counter, 1), of(counter, 2), of(counter, 3));
    ProtocolSnapshot tooLittle =
        udp(of(counter, 5), of(counter, 1), of(counter, 2), of(counter, 3));
    ProtocolSnapshot right = udp(of(counter, 6), of(counter, 1), of(counter, 2), of(counter, 3));

    assertThat(tooMuch.imbalances())
        .containsExactly(
            "udp " + counter.label() + ": total 7, but live 1 + ended 2 + without entry 3 = 6");
    assertThat(tooLittle.imbalances()).singleElement().asString().contains("total 5");
    assertThat(right.imbalances()).isEmpty();
  }

  @Test
  void shouldSayWhenMoreLeftThanCame() {
    CounterValues out =
        of(Counter.BYTES_OUT, 1).plus(of(Counter.MESSAGES_OUT, 1)).plus(of(Counter.WRITES, 1));

    assertThat(udp(out, out, ZERO, ZERO).imbalances())
        .containsExactly(
            "udp: more messages out than in",
            "udp: more reads out than in",
            "udp: more bytes out than in");
  }

  @ParameterizedTest
  @EnumSource(
      value = Counter.class,
      names = {"CONNECTIONS_ACCEPTED", "ACCEPT_FAILURES", "CLOSED_.*"},
      mode = EnumSource.Mode.MATCH_ANY)
  void shouldNotAskFlowsForWhatIsCountedForTheWholePortOnly(Counter counter) {
    ProtocolSnapshot tcp = new ProtocolSnapshot(TCP, of(counter, 3), ZERO, ZERO, ZERO, 0, 0);

    assertThat(tcp.imbalances()).isEmpty();
  }

  @Test
  void shouldFindTheImbalanceOfEitherProtocolInATable() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    assertThat(table.snapshot().imbalances()).isEmpty();

    table.totals(TCP).add(Counter.BYTES_IN, 9);
    table.totals(UDP).add(Counter.MESSAGES_IN, 1);

    assertThat(table.snapshot().imbalances())
        .containsExactlyInAnyOrder(
            "tcp bytes in: total 9, but live 0 + ended 0 + without entry 0 = 0",
            "udp messages in: total 1, but live 0 + ended 0 + without entry 0 = 0");
  }

  @Test
  void shouldAddUpPartByPart() {
    Counter counter = Counter.BYTES_IN;
    ProtocolSnapshot one =
        new ProtocolSnapshot(
            UDP, of(counter, 60), of(counter, 10), of(counter, 20), of(counter, 30), 1, 2);
    ProtocolSnapshot other =
        new ProtocolSnapshot(
            UDP, of(counter, 6), of(counter, 1), of(counter, 2), of(counter, 3), 10, 20);

    assertThat(one.plus(other))
        .isEqualTo(
            new ProtocolSnapshot(
                UDP, of(counter, 66), of(counter, 11), of(counter, 22), of(counter, 33), 11, 22));
  }

  private static ProtocolSnapshot udp(
      CounterValues totals, CounterValues live, CounterValues ended, CounterValues withoutEntry) {
    return new ProtocolSnapshot(UDP, totals, live, ended, withoutEntry, 0, 0);
  }

  private static CounterValues of(Counter counter, long value) {
    Counters counters = new Counters();
    counters.add(counter, value);
    return counters.values();
  }
}
