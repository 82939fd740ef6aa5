package io.dualport.flow;

/** Adds up readings in place: a table of 100,000 flows would otherwise make as many sums. */
final class CounterSum {
  private final long[] sums = new long[Counter.values().length];
  private long terms;

  void add(CounterValues values) {
    values.addTo(sums);
    terms++;
  }

  /** How many readings were added. */
  long terms() {
    return terms;
  }

  CounterValues values() {
    return new CounterValues(sums.clone());
  }
}
