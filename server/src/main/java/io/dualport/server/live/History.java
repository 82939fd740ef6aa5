package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolSnapshot;
import io.dualport.flow.TableSnapshot;
import io.dualport.server.facts.ServerFacts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Makes a model of each reading and what it remembers of those before. Not for several threads. */
public final class History {
  /** Values that a chart shows: a minute, when they come once a second. */
  static final int LENGTH = 60;

  /** A shorter time than this between two readings would make rates of nothing. */
  private static final double LEAST_SECONDS = 0.001;

  /** Less is a reading that was late. */
  private static final int GAP_PERIODS = 3;

  private static final double NANOS_PER_SECOND = 1e9;

  private final ServerFacts facts;
  private final Optional<String> dashboard;
  private final KernelReader kernel;
  private final FlowRates rates = new FlowRates();
  private final Map<Protocol, ArrayDeque<Double>> bytes = new EnumMap<>(Protocol.class);
  private final double period;
  private final LongSupplier nanoClock;
  private Map<Protocol, ProtocolSnapshot> before = Map.of();
  private boolean isBegun;
  private long addedNanos;

  /**
   * @param dashboard where it is; empty without an admin side
   * @param period how often a reading comes, so that a longer time without one is seen
   */
  public History(ServerFacts facts, Optional<String> dashboard, Duration period) {
    this(facts, dashboard, period, new KernelReader(facts.port()), System::nanoTime);
  }

  History(
      ServerFacts facts,
      Optional<String> dashboard,
      Duration period,
      KernelReader kernel,
      LongSupplier nanoClock) {
    this.facts = facts;
    this.dashboard = dashboard;
    this.period = period.toNanos() / NANOS_PER_SECOND;
    this.nanoClock = nanoClock;
    this.kernel = kernel;
    for (Protocol protocol : Protocol.values()) {
      bytes.put(protocol, new ArrayDeque<>(LENGTH));
    }
  }

  /** Before the first reading: nothing has come yet. */
  public Model begin() {
    return add(TableSnapshot.of(List.of(new FlowTable(0, new FlowLimit(0)))));
  }

  /** The model of a new reading, which was just taken. */
  public Model add(TableSnapshot now) {
    long nanos = nanoClock.getAsLong(); // the wall clock may be set meanwhile
    double seconds = isBegun ? Math.max(LEAST_SECONDS, (nanos - addedNanos) / NANOS_PER_SECOND) : 1;
    addedNanos = nanos;
    Map<Protocol, Lane> lanes = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      lanes.put(protocol, lane(now.protocol(protocol), protocol, seconds));
    }
    before = now.protocols();
    isBegun = true;
    return new Model(
        facts, dashboard, now.taken(), lanes, period, rates.rows(now, seconds), kernel.rows());
  }

  private Lane lane(ProtocolSnapshot now, Protocol protocol, double seconds) {
    ProtocolSnapshot earlier = before.getOrDefault(protocol, now);
    ArrayDeque<Double> values = bytes.get(protocol);
    Lane rates = new Lane(now, earlier, seconds, new double[0]);
    if (isBegun) {
      long missed = seconds < GAP_PERIODS * period ? 0 : Math.round(seconds / period) - 1;
      missed = Math.min(LENGTH, missed);
      for (long i = 0; i < missed; i++) {
        add(values, Double.NaN);
      }
      add(values, rates.perSecond(Counter.BYTES_IN));
    }
    double[] history = values.stream().mapToDouble(Double::doubleValue).toArray();
    return new Lane(now, earlier, seconds, history);
  }

  private static void add(ArrayDeque<Double> values, double value) {
    if (values.size() == LENGTH) {
      values.removeFirst();
    }
    values.addLast(value);
  }
}
