package io.dualport.flow;

/**
 * One protocol's sums without a look at any single flow: as cheap with a hundred thousand of them
 * as with none.
 *
 * @param protocol TCP or UDP
 * @param totals everything that was counted
 * @param withoutEntry what of it had no entry: beyond max-flows, or refused before it got one
 * @param liveFlows how many flows have an entry
 * @param endedFlows how many entries ended
 */
public record ProtocolTotals(
    Protocol protocol,
    CounterValues totals,
    CounterValues withoutEntry,
    long liveFlows,
    long endedFlows) {

  /** Sums two readings of the same protocol. */
  public ProtocolTotals plus(ProtocolTotals other) {
    return new ProtocolTotals(
        protocol,
        totals.plus(other.totals),
        withoutEntry.plus(other.withoutEntry),
        liveFlows + other.liveFlows,
        endedFlows + other.endedFlows);
  }
}
