package io.dualport.flow;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An immutable reading of the flow tables of one loop, or of all of them.
 *
 * @param taken when
 * @param protocols the sums per protocol; both protocols are always there
 * @param live every flow with an entry
 * @param recent the flows that ended last, at most {@link FlowTable#RECENT_FLOWS} a loop
 */
public record TableSnapshot(
    Instant taken,
    Map<Protocol, ProtocolSnapshot> protocols,
    List<FlowSnapshot> live,
    List<FlowSnapshot> recent) {

  public TableSnapshot {
    protocols = Map.copyOf(protocols);
    live = List.copyOf(live);
    recent = List.copyOf(recent);
  }

  /** One reading of several loops' tables. */
  public static TableSnapshot of(Collection<FlowTable> tables) {
    Map<Protocol, ProtocolSnapshot> protocols = new EnumMap<>(Protocol.class);
    List<FlowSnapshot> live = new ArrayList<>();
    List<FlowSnapshot> recent = new ArrayList<>();
    for (FlowTable table : tables) {
      TableSnapshot one = table.snapshot();
      one.protocols.forEach((p, counts) -> protocols.merge(p, counts, ProtocolSnapshot::plus));
      live.addAll(one.live);
      recent.addAll(one.recent);
    }
    return new TableSnapshot(Instant.now(), protocols, live, recent);
  }

  public ProtocolSnapshot protocol(Protocol protocol) {
    return protocols.get(protocol);
  }

  /** The sums of each protocol without its flows. */
  public Map<Protocol, ProtocolTotals> totals() {
    Map<Protocol, ProtocolTotals> totals = new EnumMap<>(Protocol.class);
    protocols.forEach((protocol, snapshot) -> totals.put(protocol, snapshot.withoutFlows()));
    return totals;
  }

  /** Live flows and the ones that ended last. */
  public Stream<FlowSnapshot> flows() {
    return Stream.concat(live.stream(), recent.stream());
  }

  /**
   * The flows, live or recent, with the most bytes in, then messages in; TCP first among equals.
   */
  public List<FlowSnapshot> busiest(int limit) {
    return flows()
        .sorted(
            Comparator.comparingLong((FlowSnapshot flow) -> -flow.counters().get(Counter.BYTES_IN))
                .thenComparingLong(flow -> -flow.counters().get(Counter.MESSAGES_IN))
                .thenComparing(flow -> flow.tuple().protocol()))
        .limit(limit)
        .toList();
  }

  /** {@link ProtocolSnapshot#imbalances} of both protocols. */
  public List<String> imbalances() {
    return protocols.values().stream().flatMap(p -> p.imbalances().stream()).toList();
  }
}
