package io.dualport.flow;

/**
 * One cell per {@link Counter}, whose writer is the event loop that owns the channel. A reader
 * takes them from the last to the first: what it sees as out it also sees as in, as {@link Counter}
 * names what comes in first.
 */
public final class Counters extends CounterArray {
  /** All zero. */
  public Counters() {
    super(Counter.values().length);
  }

  /** Adds to a cell; for the owning event loop only. */
  public void add(Counter counter, long amount) {
    add(counter.ordinal(), amount);
  }

  /** Adds one; for the owning event loop only. */
  public void increment(Counter counter) {
    add(counter, 1);
  }

  /** Reads a cell from any thread. */
  public long get(Counter counter) {
    return get(counter.ordinal());
  }

  /** What the cells hold now, read cell by cell from any thread. */
  public CounterValues values() {
    return new CounterValues(cells());
  }
}
