package io.dualport.client.load;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The five-tuples of one protocol, each with an account of its own up to a limit; the others share
 * one. A connection for each message makes as many five-tuples as messages.
 */
final class FlowAccounts {
  private final int limit;
  private final List<FlowAccount> listed = new ArrayList<>();
  private final FlowAccount others = new FlowAccount(0);
  private long leftOut;

  /**
   * @param limit how many have an account of their own, 0 or more
   */
  FlowAccounts(int limit) {
    this.limit = limit;
  }

  /** The accounts of several loops, which have ended. */
  static FlowAccounts all(List<FlowAccounts> loops) {
    FlowAccounts all = new FlowAccounts(loops.stream().mapToInt(loop -> loop.limit).sum());
    for (FlowAccounts loop : loops) {
      all.listed.addAll(loop.listed);
      all.others.addAll(loop.others);
      all.leftOut += loop.leftOut;
    }
    all.listed.sort(Comparator.comparingLong(FlowAccount::firstSequence));
    return all;
  }

  /** An account for a five-tuple that begins to send. */
  FlowAccount begin(long firstSequence) {
    if (listed.size() == limit) {
      leftOut++;
      return others;
    }
    FlowAccount account = new FlowAccount(firstSequence);
    listed.add(account);
    return account;
  }

  /** Nothing more is counted for a five-tuple. */
  void end(FlowAccount account, InetSocketAddress source) {
    if (account != others) {
      account.from(source);
    }
  }

  /** By their first sequence numbers. */
  List<FlowAccount> listed() {
    return List.copyOf(listed);
  }

  /** What was counted for those without an account of their own. */
  FlowAccount others() {
    return others;
  }

  /** How many five-tuples those are. */
  long leftOut() {
    return leftOut;
  }
}
