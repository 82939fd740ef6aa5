package io.dualport.client.load.count;

import io.dualport.client.message.Stranger;
import io.dualport.flow.Protocol;
import io.dualport.report.Quantities;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/**
 * What became of one protocol.
 *
 * @param counts of the messages that were due in the measured time
 * @param warmup of those before
 * @param latencies ns, of measured messages that came back whole
 * @param connects ns; empty for UDP
 * @param causes errno or other cause to how often, warm-up included
 * @param flows each five-tuple, and what was left out of the list
 * @param instances the servers that stamped the first message of a flow
 * @param stranger what came and was no echo, the first; null if nothing
 * @param retransmitted segments that the kernel sent again, warm-up included; negative is unknown
 * @param sendsShared messages that left with the one before, in a segmented datagram, warm-up
 *     included
 * @param outages when no echo came back although something was sent and lost, warm-up included
 * @param endedInFailure whether it was so at the end, however short
 * @param unanswered messages that the connections still waited for at the end
 */
public record ProtocolLoad(
    Protocol protocol,
    MessageCounts counts,
    MessageCounts warmup,
    Histogram latencies,
    Histogram connects,
    Map<String, Long> causes,
    ListedFlows flows,
    Set<Long> instances,
    Stranger stranger,
    long retransmitted,
    long sendsShared,
    List<Outages.Outage> outages,
    boolean endedInFailure,
    long unanswered) {

  public long count(Count count) {
    return counts.get(count);
  }

  /** Whether every measured message came back as it was sent, and nothing else happened. */
  public boolean isWhole() {
    return count(Count.ECHOED) > 0
        && isWithoutFault(counts)
        && isWithoutFault(warmup)
        && causes.isEmpty();
  }

  private static boolean isWithoutFault(MessageCounts tally) {
    return isWithout(
        tally,
        Count.LOST,
        Count.CORRUPTED,
        Count.TRUNCATED,
        Count.STRAY,
        Count.UNSENT,
        Count.NOT_OPENED);
  }

  /**
   * Whether sent = echoed + lost + corrupted + truncated + in flight, and every echo has a latency.
   * The connections know on their own what they still wait for, so this can fail, and then this
   * program is wrong.
   */
  public boolean isBalanced() {
    return counts.inFlight() + warmup.inFlight() == unanswered
        && latencies.getTotalCount() == count(Count.ECHOED);
  }

  /** Whether anything was echoed, be it in the warm-up. */
  public boolean hasEchoed() {
    return count(Count.ECHOED) + warmup.get(Count.ECHOED) > 0;
  }

  /** Whether nothing came back, not even something else. */
  public boolean isSilent() {
    return stranger == null
        && isWithout(counts, Count.CORRUPTED, Count.TRUNCATED, Count.STRAY, Count.LATE)
        && isWithout(warmup, Count.CORRUPTED, Count.TRUNCATED, Count.STRAY, Count.LATE)
        && !hasEchoed();
  }

  private static boolean isWithout(MessageCounts tally, Count... counts) {
    return Arrays.stream(counts).allMatch(count -> tally.get(count) == 0);
  }

  /** Whether messages could not go because there was nothing to send them on. */
  public boolean waitedForConnections() {
    return count(Count.NOT_OPENED) > 0
        || !causes.isEmpty() && (endedInFailure || !outages.isEmpty());
  }

  /** Of a hundred, without the sign. */
  public String lostPercent() {
    return Quantities.percent(count(Count.LOST), count(Count.SENT));
  }
}
