package io.dualport.flow;

import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * An immutable reading of one protocol's counters.
 *
 * @param protocol TCP or UDP
 * @param totals everything, counted on its own
 * @param live the sum over the flows that have an entry
 * @param ended the sum over the flows whose entry ended
 * @param withoutEntry what had no entry: beyond max-flows, or refused before it got one
 * @param liveFlows how many flows have an entry
 * @param endedFlows how many entries ended
 */
public record ProtocolSnapshot(
    Protocol protocol,
    CounterValues totals,
    CounterValues live,
    CounterValues ended,
    CounterValues withoutEntry,
    long liveFlows,
    long endedFlows) {

  /** The part of it that looks at no single flow. */
  ProtocolTotals withoutFlows() {
    return new ProtocolTotals(protocol, totals, withoutEntry, liveFlows, endedFlows);
  }

  /** Sums two readings of the same protocol. */
  public ProtocolSnapshot plus(ProtocolSnapshot other) {
    return new ProtocolSnapshot(
        protocol,
        totals.plus(other.totals),
        live.plus(other.live),
        ended.plus(other.ended),
        withoutEntry.plus(other.withoutEntry),
        liveFlows + other.liveFlows,
        endedFlows + other.endedFlows);
  }

  /**
   * What must always be true, checked: totals = live + ended + without entry for messages, reads,
   * writes, bytes and drops, and no more goes out than came in. Exact once no message is in the
   * middle of being counted.
   *
   * @return one sentence per violation, empty when the books balance
   */
  public List<String> imbalances() {
    List<String> wrong = new ArrayList<>();
    for (Counter counter : Counter.values()) {
      long parts = live.get(counter) + ended.get(counter) + withoutEntry.get(counter);
      if (counter.isPerFlow() && totals.get(counter) != parts) {
        wrong.add(
            Words.format(
                "%s %s: total %d, but live %d + ended %d + without entry %d = %d",
                protocol.label(),
                counter.label(),
                totals.get(counter),
                live.get(counter),
                ended.get(counter),
                withoutEntry.get(counter),
                parts));
      }
    }
    moreOut(wrong, "messages", Counter.MESSAGES_IN, Counter.MESSAGES_OUT);
    moreOut(wrong, "reads", Counter.READS, Counter.WRITES);
    moreOut(wrong, "bytes", Counter.BYTES_IN, Counter.BYTES_OUT);
    return wrong;
  }

  private void moreOut(List<String> wrong, String what, Counter in, Counter out) {
    if (totals.get(out) > totals.get(in)) {
      wrong.add(protocol.label() + ": more " + what + " out than in");
    }
  }
}
