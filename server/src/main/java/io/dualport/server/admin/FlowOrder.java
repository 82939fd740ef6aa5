package io.dualport.server.admin;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/** What five-tuples can be sorted by. */
enum FlowOrder {
  BYTES_IN("bytesIn", flow -> flow.count(Counter.BYTES_IN)),
  BYTES_OUT("bytesOut", flow -> flow.count(Counter.BYTES_OUT)),
  MESSAGES_IN("messagesIn", flow -> flow.count(Counter.MESSAGES_IN)),
  MESSAGES_OUT("messagesOut", flow -> flow.count(Counter.MESSAGES_OUT)),
  READS("reads", flow -> flow.count(Counter.READS)),
  WRITES("writes", flow -> flow.count(Counter.WRITES)),
  DROPPED("dropped", FlowOrder::drops),
  FIRST_SEEN("firstSeen", FlowOrder::firstSeen),
  LAST_SEEN("lastSeen", FlowOrder::lastSeen),
  RTT("rtt", Flow::rttMicros),
  /** Source, then destination, then protocol: twins stand next to each other. */
  TUPLE("tuple", flow -> 0);

  /** {@link System#nanoTime} may be negative and may wrap: its differences sort, it does not. */
  private static final long ORIGIN_NANOS = System.nanoTime();

  private static final Comparator<InetSocketAddress> BY_ADDRESS =
      Comparator.comparing(
              (InetSocketAddress end) -> end.getAddress().getAddress(), Arrays::compareUnsigned)
          .thenComparingInt(InetSocketAddress::getPort);

  private static final Comparator<FiveTuple> BY_TUPLE =
      Comparator.comparing(FiveTuple::source, BY_ADDRESS)
          .thenComparing(FiveTuple::destination, BY_ADDRESS)
          .thenComparing(FiveTuple::protocol);

  private final String key;
  private final ToLongFunction<Flow> value;

  FlowOrder(String key, ToLongFunction<Flow> value) {
    this.key = key;
    this.value = value;
  }

  static FlowOrder of(String key) {
    return Arrays.stream(values()).filter(order -> order.key.equals(key)).findFirst().orElseThrow();
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(FlowOrder::key).toList();
  }

  String key() {
    return key;
  }

  /** A flow with its value read once: it goes on counting while the others are compared. */
  record Ranked(Flow flow, long value) {}

  Ranked rank(Flow flow) {
    return new Ranked(flow, value.applyAsLong(flow));
  }

  /** By value; among equals by five-tuple, so that a page does not shuffle. */
  Comparator<Ranked> comparator(boolean descending) {
    Comparator<Ranked> byValue = Comparator.comparingLong(Ranked::value);
    Comparator<Ranked> byTuple = Comparator.comparing(ranked -> ranked.flow().tuple(), BY_TUPLE);
    if (this == TUPLE) {
      return descending ? byTuple.reversed() : byTuple;
    }
    return (descending ? byValue.reversed() : byValue).thenComparing(byTuple);
  }

  private static long firstSeen(Flow flow) {
    return flow.firstSeenNanos() - ORIGIN_NANOS;
  }

  private static long lastSeen(Flow flow) {
    return flow.lastSeenNanos() - ORIGIN_NANOS;
  }

  private static long drops(Flow flow) {
    long drops = 0;
    for (Counter reason : Counter.drops()) {
      drops += flow.count(reason);
    }
    return drops;
  }
}
