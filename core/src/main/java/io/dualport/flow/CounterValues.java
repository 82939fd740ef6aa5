package io.dualport.flow;

import java.util.Arrays;
import java.util.Collection;

/** An immutable reading of {@link Counters}, or a sum of several. */
public final class CounterValues {
  public static final CounterValues ZERO = new CounterValues(new long[Counter.values().length]);

  private final long[] values;

  /** Takes the array over; the caller keeps no reference. */
  CounterValues(long[] values) {
    this.values = values;
  }

  public long get(Counter counter) {
    return values[counter.ordinal()];
  }

  /** Adds each value to the one at its place. */
  void addTo(long[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += values[i];
    }
  }

  /** The sum over several counters, as in all drops. */
  public long sum(Collection<Counter> counters) {
    return counters.stream().mapToLong(this::get).sum();
  }

  /** Connections accepted and not yet closed. */
  public long connectionsOpen() {
    return get(Counter.CONNECTIONS_ACCEPTED) - sum(Counter.closes());
  }

  /** Datagrams that were read from the sockets: messages in, and what was refused before. */
  public long datagramsRead() {
    return get(Counter.MESSAGES_IN) + sum(Counter.refusals());
  }

  public CounterValues plus(CounterValues other) {
    long[] sum = values.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other.values[i];
    }
    return new CounterValues(sum);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CounterValues that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Counter counter : Counter.values()) {
      if (get(counter) != 0) {
        text.append(text.isEmpty() ? "" : ", ")
            .append(counter.label())
            .append(' ')
            .append(get(counter));
      }
    }
    return text.isEmpty() ? "all zero" : text.toString();
  }
}
