package io.dualport.client.load.count;

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
public final class ProtocolCounts {
  private final Protocol protocol;
  private final List<LoopCounts> ledgers;
  private final List<ListedFlows> accounts;
  private final Histogram[] recycled;
  private final Histogram interval =
      new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);
  private final Histogram total =
      new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);

  public ProtocolCounts(Protocol protocol, List<LoopCounts> ledgers, List<ListedFlows> accounts) {
    this.protocol = protocol;
    this.ledgers = List.copyOf(ledgers);
    this.accounts = List.copyOf(accounts);
    this.recycled = new Histogram[ledgers.size()];
  }

  public Protocol protocol() {
    return protocol;
  }

  /**
   * What was measured since the last call, added to the total as well. Valid until the next call.
   */
  public Histogram nextInterval(long startMillis, long endMillis) {
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
  public Histogram total() {
    return total;
  }

  public MessageCounts measured() {
    return sum(true);
  }

  public MessageCounts warmup() {
    return sum(false);
  }

  private MessageCounts sum(boolean measured) {
    MessageCounts sum = new MessageCounts();
    ledgers.forEach(ledger -> sum.addAll(ledger.tally(measured)));
    return sum;
  }

  /** Once the loops have ended. */
  public ListedFlows flows() {
    return ListedFlows.all(accounts);
  }

  public long open() {
    return ledgers.stream().mapToLong(LoopCounts::open).sum();
  }

  public long sockets() {
    return ledgers.stream().mapToLong(LoopCounts::sockets).sum();
  }

  public long failures() {
    return ledgers.stream().mapToLong(LoopCounts::failures).sum();
  }

  /** Messages that the connections still waited for; once the loops have ended. */
  public long unanswered() {
    return ledgers.stream().mapToLong(LoopCounts::unanswered).sum();
  }

  /** The servers that stamped a message. */
  public Set<Long> instances() {
    Set<Long> instances = new TreeSet<>();
    ledgers.forEach(ledger -> instances.addAll(ledger.instances()));
    return instances;
  }

  /** The beginning of something that came and was no echo, or null; once the loops have ended. */
  public byte[] stranger() {
    return ledgers.stream()
        .map(LoopCounts::stranger)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** Datagram sockets with the source port of a connection; once the loops have ended. */
  public long pairs() {
    return ledgers.stream().mapToLong(LoopCounts::pairs).sum();
  }

  /** Messages that left with the one before; once the loops have ended. */
  public long sendsShared() {
    return ledgers.stream().mapToLong(LoopCounts::sendsShared).sum();
  }

  /** Segments sent again, {@link SocketFacts#UNKNOWN} if a loop does not know. */
  public long retransmitted() {
    return ledgers.stream()
        .mapToLong(LoopCounts::retransmitted)
        .reduce(0, (a, b) -> a < 0 || b < 0 ? SocketFacts.UNKNOWN : a + b);
  }

  /** When no echo came back on any loop; once they have ended. */
  public List<Outages.Outage> outages(long endNanos) {
    return Outages.common(ledgers.stream().map(LoopCounts::outages).toList(), endNanos);
  }

  /** Whether every loop ended in a failure that nothing came back after. */
  public boolean endedInFailure() {
    return ledgers.stream().map(LoopCounts::outages).allMatch(Outages::endedInFailure);
  }

  /** Once the loops have ended. */
  public Histogram connects() {
    Histogram connects = new Histogram(LoopCounts.HIGHEST_NANOS, LoopCounts.SIGNIFICANT_DIGITS);
    ledgers.forEach(ledger -> connects.add(ledger.connects()));
    return connects;
  }

  /** Once the loops have ended. */
  public Map<String, Long> causes() {
    Map<String, Long> causes = new TreeMap<>();
    ledgers.forEach(
        ledger -> ledger.causes().forEach((cause, times) -> causes.merge(cause, times, Long::sum)));
    return causes;
  }
}
