package io.dualport.server.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolTotals;
import io.dualport.server.json.FlowJson;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The counters at one moment, with their rates since the frame before. Looks at no single flow.
 *
 * @param number counts up from 0
 * @param nanos {@link System#nanoTime} when it was read
 * @param before the frame it is compared with; its rates are 0 without one
 */
record Frame(
    long number,
    Instant time,
    long nanos,
    String state,
    Map<Protocol, ProtocolTotals> readings,
    Map<Protocol, ObjectNode> rates) {
  static final String STOPPED = "stopped";

  /** What a second is told of. */
  static final List<Counter> RATED =
      List.of(
          Counter.MESSAGES_IN,
          Counter.MESSAGES_OUT,
          Counter.READS,
          Counter.WRITES,
          Counter.BYTES_IN,
          Counter.BYTES_OUT);

  /** Reads the counters; from any thread. */
  static Frame read(Collection<FlowTable> tables, String state, Frame before) {
    Map<Protocol, ProtocolTotals> readings = totals(tables);
    long now = System.nanoTime();
    Map<Protocol, ObjectNode> rates = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      CounterValues counted = readings.get(protocol).totals();
      rates.put(
          protocol,
          before == null
              ? rates(protocol, counted, counted, 1)
              : rates(
                  protocol,
                  before.readings.get(protocol).totals(),
                  counted,
                  (now - before.nanos) / 1e9));
    }
    return new Frame(
        before == null ? 0 : before.number + 1, Instant.now(), now, state, readings, rates);
  }

  /** The sums of all loops; from any thread. */
  static Map<Protocol, ProtocolTotals> totals(Collection<FlowTable> tables) {
    Map<Protocol, ProtocolTotals> totals = new EnumMap<>(Protocol.class);
    for (FlowTable table : tables) {
      for (Protocol protocol : Protocol.values()) {
        totals.merge(protocol, table.reading(protocol), ProtocolTotals::plus);
      }
    }
    return totals;
  }

  private static ObjectNode rates(
      Protocol protocol, CounterValues before, CounterValues now, double seconds) {
    ObjectNode rates = JsonNodeFactory.instance.objectNode();
    for (Counter counter : RATED) {
      if (counter.appliesTo(protocol)) {
        rates.put(counter.key(), rate(now.get(counter) - before.get(counter), seconds));
      }
    }
    rates.put("dropped", rate(now.sum(Counter.drops()) - before.sum(Counter.drops()), seconds));
    return rates;
  }

  /** To a tenth. */
  private static double rate(long difference, double seconds) {
    return Math.round(10 * difference / seconds) / 10.0;
  }

  /** What is the same in a frame of the stream and in a snapshot. */
  ObjectNode json(ObservedServer subject) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("instance", subject.facts().instance());
    node.put("frame", number);
    node.put("time", time.toString());
    node.put("uptimeMillis", Duration.between(subject.facts().started(), time).toMillis());
    node.put("state", state);
    node.set("protocols", FlowJson.protocols(readings));
    ObjectNode both = node.putObject("rates");
    rates.forEach((protocol, rate) -> both.set(protocol.label(), rate));
    return node;
  }
}
