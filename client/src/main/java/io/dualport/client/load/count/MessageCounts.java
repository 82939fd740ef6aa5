package io.dualport.client.load.count;

import java.util.concurrent.atomic.AtomicLongArray;

/** Counts with one writer, read by others without disturbing it. */
public final class MessageCounts {
  private static final int SIZE = Count.values().length;

  private final AtomicLongArray values = new AtomicLongArray(SIZE);

  /** For the one writer. */
  public void add(Count count, long amount) {
    int index = count.ordinal();
    values.setOpaque(index, values.getPlain(index) + amount);
  }

  public long get(Count count) {
    return values.getOpaque(count.ordinal());
  }

  /** Adds another's counts to this one. */
  void addAll(MessageCounts other) {
    for (Count count : Count.values()) {
      add(count, other.get(count));
    }
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
