package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.TableSnapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers the last reading of each flow, so that the next one gives its rate.
 *
 * <p>A flow is known by its {@link FiveTuple} object, which all readings of it share: a connection
 * opened again from the same port is another flow, and no address is hashed once a second.
 */
final class FlowRates {
  /** Flows whose last reading is kept; of any beyond it the rate is not known. */
  static final int MAX_FLOWS = 131_072;

  private static final class Last {
    private long messages;
    private long bytes;
    private int reading;
  }

  private final Map<FiveTuple, Last> flows = new IdentityHashMap<>();
  private final int maxFlows;
  private Instant before;
  private int reading;

  FlowRates() {
    this(MAX_FLOWS);
  }

  FlowRates(int maxFlows) {
    this.maxFlows = maxFlows;
  }

  /**
   * Every flow of a reading with its rate since the reading before.
   *
   * @param seconds since then; more than 0
   */
  List<FlowRow> rows(TableSnapshot now, double seconds) {
    reading++;
    List<FlowRow> rows = new ArrayList<>(now.live().size() + now.recent().size());
    now.live().forEach(flow -> rows.add(row(flow, seconds)));
    now.recent().forEach(flow -> rows.add(row(flow, seconds)));
    if (flows.size() > rows.size() || flows.size() == maxFlows) {
      flows.values().removeIf(last -> last.reading != reading);
    }
    before = now.taken();
    return rows;
  }

  private FlowRow row(FlowSnapshot flow, double seconds) {
    long messages = flow.counters().get(Counter.MESSAGES_IN);
    long bytes = flow.counters().get(Counter.BYTES_IN);
    Last last = flows.get(flow.tuple());
    boolean isNew = before != null && !flow.firstSeen().isBefore(before);
    boolean isKnown = last != null || isNew;
    if (last == null && flows.size() < maxFlows) {
      last = new Last();
      flows.put(flow.tuple(), last);
    }
    if (last == null) {
      return new FlowRow(flow, Double.NaN, Double.NaN);
    }
    long messagesSince = messages - last.messages;
    long bytesSince = bytes - last.bytes;
    last.messages = messages;
    last.bytes = bytes;
    last.reading = reading;
    return isKnown
        ? new FlowRow(
            flow, flow.hasMessages() ? messagesSince / seconds : Double.NaN, bytesSince / seconds)
        : new FlowRow(flow, Double.NaN, Double.NaN);
  }
}
