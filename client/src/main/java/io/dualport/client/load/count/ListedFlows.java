package io.dualport.client.load.count;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The five-tuples of one protocol, each with an account of its own up to a limit; the others share
 * one. A connection for each message makes as many five-tuples as messages.
 */
public final class ListedFlows {
  private final int limit;
  private final List<FlowCounts> listed = new ArrayList<>();
  private final FlowCounts others = new FlowCounts(0);
  private long leftOut;

  /**
   * @param limit how many have an account of their own, 0 or more
   */
  public ListedFlows(int limit) {
    this.limit = limit;
  }

  /** The accounts of several loops, which have ended. */
  static ListedFlows all(List<ListedFlows> loops) {
    ListedFlows all = new ListedFlows(loops.stream().mapToInt(loop -> loop.limit).sum());
    for (ListedFlows loop : loops) {
      all.listed.addAll(loop.listed);
      all.others.addAll(loop.others);
      all.leftOut += loop.leftOut;
    }
    all.listed.sort(Comparator.comparingLong(FlowCounts::firstSequence));
    return all;
  }

  /** An account for a five-tuple that begins to send. */
  public FlowCounts begin(long firstSequence) {
    if (listed.size() == limit) {
      leftOut++;
      return others;
    }
    FlowCounts account = new FlowCounts(firstSequence);
    listed.add(account);
    return account;
  }

  /** Nothing more is counted for a five-tuple. */
  public void end(FlowCounts account, InetSocketAddress source) {
    if (account != others) {
      account.from(source);
    }
  }

  /** By their first sequence numbers. */
  public List<FlowCounts> listed() {
    return List.copyOf(listed);
  }

  /** What was counted for those without an account of their own. */
  public FlowCounts others() {
    return others;
  }

  /** How many five-tuples those are. */
  public long leftOut() {
    return leftOut;
  }
}
