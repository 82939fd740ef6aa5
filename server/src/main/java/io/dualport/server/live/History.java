package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolSnapshot;
import io.dualport.flow.TableSnapshot;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes a model of each reading and what it remembers of those before. Not for several threads. */
public final class History {
  /** Values that a chart shows: a minute, when they come once a second. */
  static final int LENGTH = 60;

  private final Model.Facts facts;
  private final KernelReader kernel;
  private final FlowRates rates = new FlowRates();
  private final Map<Protocol, ArrayDeque<Double>> messages = new EnumMap<>(Protocol.class);
  private Map<Protocol, ProtocolSnapshot> before = Map.of();
  private Instant takenBefore;

  public History(Model.Facts facts) {
    this.facts = facts;
    this.kernel = new KernelReader(facts.port());
    for (Protocol protocol : Protocol.values()) {
      messages.put(protocol, new ArrayDeque<>(LENGTH));
    }
  }

  /** Before the first reading: nothing has come yet. */
  public Model begin() {
    return add(TableSnapshot.of(List.of(new FlowTable(0, new FlowLimit(0)))));
  }

  /** The model of a new reading. */
  public Model add(TableSnapshot now) {
    double seconds = takenBefore == null ? 1 : FlowRates.seconds(takenBefore, now.taken());
    Map<Protocol, Lane> lanes = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      lanes.put(protocol, lane(now.protocol(protocol), protocol, seconds));
    }
    before = now.protocols();
    takenBefore = now.taken();
    return new Model(facts, now.taken(), lanes, seconds, rates.rows(now), kernel.rows());
  }

  private Lane lane(ProtocolSnapshot now, Protocol protocol, double seconds) {
    ProtocolSnapshot earlier = before.getOrDefault(protocol, now);
    ArrayDeque<Double> values = messages.get(protocol);
    Lane rates = new Lane(now, earlier, seconds, new double[0]);
    if (takenBefore != null) {
      if (values.size() == LENGTH) {
        values.removeFirst();
      }
      values.addLast(rates.perSecond(Counter.MESSAGES_IN));
    }
    double[] history = values.stream().mapToDouble(Double::doubleValue).toArray();
    return new Lane(now, earlier, seconds, history);
  }
}
