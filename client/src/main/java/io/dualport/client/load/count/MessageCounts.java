package io.dualport.client.load.count;

import io.dualport.flow.CounterArray;

/** One cell per {@link Count}. */
public final class MessageCounts extends CounterArray {
  /** All zero. */
  public MessageCounts() {
    super(Count.values().length);
  }

  /** For the one writer. */
  public void add(Count count, long amount) {
    add(count.ordinal(), amount);
  }

  /** Reads a cell from any thread. */
  public long get(Count count) {
    return get(count.ordinal());
  }

  /** Adds another's counts to this one. */
  void addAll(MessageCounts other) {
    super.addAll(other);
  }

  /** Messages of which it is known what became of them. */
  public long settled() {
    return get(Count.ECHOED) + get(Count.LOST) + get(Count.CORRUPTED) + get(Count.TRUNCATED);
  }

  /** Messages of which nothing is known yet. */
  public long inFlight() {
    return get(Count.SENT) - settled();
  }
}
