package io.dualport.client.load.count;

import java.net.InetSocketAddress;

/** What became of the messages of one five-tuple, warm-up included. For its own loop alone. */
public final class FlowCounts {
  private final long firstSequence;
  private final long[] values = new long[Count.values().length];
  private InetSocketAddress source;

  /**
   * @param firstSequence of its first message; the others follow without a gap
   */
  FlowCounts(long firstSequence) {
    this.firstSequence = firstSequence;
  }

  public void add(Count count, long amount) {
    values[count.ordinal()] += amount;
  }

  void addAll(FlowCounts other) {
    for (int i = 0; i < values.length; i++) {
      values[i] += other.values[i];
    }
  }

  public long get(Count count) {
    return values[count.ordinal()];
  }

  public long firstSequence() {
    return firstSequence;
  }

  void from(InetSocketAddress local) {
    source = local;
  }

  /** Null if no connection came to stand. */
  public InetSocketAddress source() {
    return source;
  }
}
