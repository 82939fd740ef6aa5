package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Framing;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.server.facts.TestFacts;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Flows as a server counts them, and models of them. */
final class Traffic {
  static final int PORT = 8888;

  private final FlowTable table = new FlowTable(0, new FlowLimit(1_000_000));
  private long nanos;
  private final History history =
      new History(
          TestFacts.of(PORT),
          Optional.of("http://127.0.0.1:8889/"),
          Duration.ofSeconds(1),
          new KernelReader(() -> Optional.of(KernelRows.of(List.of(), Map.of())), () -> nanos),
          () -> nanos);

  Traffic() {
    history.begin();
  }

  static FiveTuple tuple(Protocol protocol, String source, int port) {
    return new FiveTuple(
        protocol, new InetSocketAddress(source, port), new InetSocketAddress("127.0.0.1", PORT));
  }

  Flow flow(Protocol protocol, int port) {
    return flow(protocol, "127.0.0.1", port);
  }

  Flow flow(Protocol protocol, String source, int port) {
    FiveTuple tuple = tuple(protocol, source, port);
    if (protocol == Protocol.UDP) {
      return table.datagramFlow(tuple, 4711);
    }
    table.totals(Protocol.TCP).increment(Counter.CONNECTIONS_ACCEPTED);
    return table.openConnection(tuple, 4712);
  }

  void count(Flow flow, int messages) {
    for (int i = 0; i < messages; i++) {
      if (flow.tuple().protocol() == Protocol.UDP) {
        flow.received(100, System.nanoTime());
        flow.sent(100, 1);
      } else {
        flow.framed(Framing.PROBE);
        flow.read(100, 1, System.nanoTime());
        flow.written(100, 1);
      }
    }
  }

  void countTcp(Counter counter) {
    table.totals(Protocol.TCP).increment(counter);
  }

  void end(Flow flow, String reason) {
    table.end(flow, reason);
  }

  /** Flows of both protocols, from ports 40000 on: the first is the busiest. */
  List<Flow> twins(int pairs) {
    List<Flow> flows = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      for (Protocol protocol : Protocol.values()) {
        Flow flow = flow(protocol, 40_000 + i);
        count(flow, pairs - i);
        flows.add(flow);
      }
    }
    return flows;
  }

  TableSnapshot snapshot() {
    return table.snapshot();
  }

  /** The model of what was counted, a second after the last one. */
  Model model() {
    return modelAfter(Duration.ofSeconds(1));
  }

  Model modelAfter(Duration time) {
    nanos += time.toNanos();
    return history.add(table.snapshot());
  }
}
