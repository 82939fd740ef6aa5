package io.dualport.client.load;

import io.dualport.flow.Protocol;
import io.dualport.transport.SocketFacts;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;

/** The ledgers of all loops for one protocol, added up; for the one thread that reports. */
final class ProtocolCounts {
  private final Protocol protocol;
  private final List<LoopCounts> ledgers;
  private final List<ListedFlows> accounts;
  private final Histogram[] recycled;
  private final Histogram interval = new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);
  private final Histogram total = new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);

  ProtocolCounts(Protocol protocol, List<LoopCounts> ledgers, List<ListedFlows> accounts) {
    this.protocol = protocol;
    this.ledgers = List.copyOf(ledgers);
    this.accounts = List.copyOf(accounts);
    this.recycled = new Histogram[ledgers.size()];
  }

  Protocol protocol() {
    return protocol;
  }

  /**
   * What was measured since the last call, added to the total as well. Valid until the next call.
   */
  Histogram nextInterval(long startMillis, long endMillis) {
    interval.reset();
    for (int i = 0; i < recycled.length; i++) {
      recycled[i] = ledgers.get(i).interval(recycled[i]);
      interval.add(recycled[i]);
    }
    interval.setTag(protocol.label());
    interval.setStartTimeStamp(startMillis);
    interval.setEndTimeStamp(endMillis);
    total.add(interval);
    return interval;
  }

  /** All intervals so far. */
  Histogram total() {
    return total;
  }

  MessageCounts measured() {
    return sum(true);
  }

  MessageCounts warmup() {
    return sum(false);
  }

  private MessageCounts sum(boolean measured) {
    MessageCounts sum = new MessageCounts();
    ledgers.forEach(ledger -> sum.addAll(ledger.tally(measured)));
    return sum;
  }

  /** Once the loops have ended. */
  ListedFlows flows() {
    return ListedFlows.all(accounts);
  }

  long open() {
    return ledgers.stream().mapToLong(LoopCounts::open).sum();
  }

  long sockets() {
    return ledgers.stream().mapToLong(LoopCounts::sockets).sum();
  }

  long failures() {
    return ledgers.stream().mapToLong(LoopCounts::failures).sum();
  }

  /** Messages that the connections still waited for; once the loops have ended. */
  long unanswered() {
    return ledgers.stream().mapToLong(LoopCounts::unanswered).sum();
  }

  /** The servers that stamped a message. */
  Set<Long> instances() {
    Set<Long> instances = new TreeSet<>();
    ledgers.forEach(ledger -> instances.addAll(ledger.instances()));
    return instances;
  }

  /** The beginning of something that came and was no echo, or null; once the loops have ended. */
  byte[] stranger() {
    return ledgers.stream().map(LoopCounts::stranger).filter(Objects::nonNull).findFirst().orElse(null);
  }

  /** Datagram sockets with the source port of a connection; once the loops have ended. */
  long pairs() {
    return ledgers.stream().mapToLong(LoopCounts::pairs).sum();
  }

  /** Messages that left with the one before; once the loops have ended. */
  long sendsShared() {
    return ledgers.stream().mapToLong(LoopCounts::sendsShared).sum();
  }

  /** Segments sent again, {@link SocketFacts#UNKNOWN} if a loop does not know. */
  long retransmitted() {
    return ledgers.stream()
        .mapToLong(LoopCounts::retransmitted)
        .reduce(0, (a, b) -> a < 0 || b < 0 ? SocketFacts.UNKNOWN : a + b);
  }

  /** When no echo came back on any loop; once they have ended. */
  List<Outages.Outage> outages(long endNanos) {
    return Outages.common(ledgers.stream().map(LoopCounts::outages).toList(), endNanos);
  }

  /** Whether every loop ended in a failure that nothing came back after. */
  boolean endedInFailure() {
    return ledgers.stream().map(LoopCounts::outages).allMatch(Outages::endedInFailure);
  }

  /** Once the loops have ended. */
  Histogram connects() {
    Histogram connects = new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);
    ledgers.forEach(ledger -> connects.add(ledger.connects()));
    return connects;
  }

  /** Once the loops have ended. */
  Map<String, Long> causes() {
    Map<String, Long> causes = new TreeMap<>();
    ledgers.forEach(
        ledger -> ledger.causes().forEach((cause, times) -> causes.merge(cause, times, Long::sum)));
    return causes;
  }
}
