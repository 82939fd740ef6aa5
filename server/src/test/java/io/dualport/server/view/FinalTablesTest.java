package io.dualport.server.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.NetCounters;
import io.dualport.report.Format;
import io.dualport.report.Table;
import io.dualport.server.facts.TestFacts;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Every column shows its own value: all values here are different. */
class FinalTablesTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 40_000);
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 8888);

  @Test
  void shouldShowEachProtocolInItsOwnColumn() {
    FlowTable counted = new FlowTable(0, new FlowLimit(0));
    List<String> expected = new ArrayList<>();
    for (Counter counter : Counter.values()) {
      long udp = 200 + counter.ordinal();
      long tcp = 100 + counter.ordinal();
      counted.totals(Protocol.TCP).add(counter, tcp);
      counted.totals(Protocol.UDP).add(counter, udp);
      expected.add(
          "| %s | %s | %s |"
              .formatted(
                  counter.label(),
                  counter.appliesTo(Protocol.TCP) ? tcp : "-",
                  counter.appliesTo(Protocol.UDP) ? udp : "-"));
    }

    assertThat(lines(tables(counted).get(0)))
        .contains("|  | TCP | UDP |")
        .containsSubsequence(expected);
  }

  @Test
  void shouldShowEachCountOfAFiveTupleUnderItsOwnHead() {
    FlowTable counted = new FlowTable(5, new FlowLimit(1));
    Flow flow = counted.datagramFlow(new FiveTuple(Protocol.UDP, CLIENT, SERVER), 4711);
    flow.received(5, 0);
    flow.received(6, 0);
    flow.sent(12, 3);
    for (int i = 0; i < 4; i++) {
      flow.dropped(Counter.DROPPED_RATE);
    }

    assertThat(lines(tables(counted).get(1)))
        .contains(
            "| proto | source | destination | messages in | out | reads | writes | bytes in"
                + " | bytes out | dropped | loop | inode | kernel rtt | ended |",
            "| udp | 127.0.0.1:40000 | 127.0.0.1:8888 | 2 | 3 | - | - | 11"
                + " | 12 | 4 | 5 | 4711 | - | - |");
  }

  @Test
  void shouldShowTheKernelsCountOursAndTheOthersUnderTheirOwnHeads() {
    FlowTable counted = new FlowTable(0, new FlowLimit(0));
    counted.totals(Protocol.TCP).add(Counter.CONNECTIONS_ACCEPTED, 3);
    NetCounters kernel = new NetCounters(Map.of("Tcp.PassiveOpens", 10L));

    assertThat(lines(tables(counted, Optional.of(kernel)).get(2)))
        .contains(
            "| counter | all | this port | others | counts |",
            "| Tcp.PassiveOpens | 10 | 3 | 7 | connections that came in |");
  }

  private static List<Table> tables(FlowTable counted) {
    return tables(counted, Optional.empty());
  }

  private static List<Table> tables(FlowTable counted, Optional<NetCounters> kernel) {
    return FinalTables.of(
        new StopReport(
            TestFacts.of(8888),
            TableSnapshot.of(List.of(counted)),
            kernel,
            OptionalLong.empty(),
            Duration.ofSeconds(1),
            10));
  }

  private static List<String> lines(Table table) {
    return Format.MARKDOWN.render(table).lines().toList();
  }
}
