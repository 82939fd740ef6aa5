package io.dualport.flow;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Stream;

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

  /** The sum over several counters, as in all drops. */
  public long sum(Collection<Counter> counters) {
    return counters.stream().mapToLong(this::get).sum();
  }

  /** Connections accepted and not yet closed. */
  public long connectionsOpen() {
    return get(Counter.CONNECTIONS_ACCEPTED) - sum(Counter.closes());
  }

  /** The sum of any number of readings. */
  public static CounterValues sum(Stream<CounterValues> readings) {
    long[] sum = new long[Counter.values().length];
    readings.forEach(
        reading -> {
          for (int i = 0; i < sum.length; i++) {
            sum[i] += reading.values[i];
          }
        });
    return new CounterValues(sum);
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
