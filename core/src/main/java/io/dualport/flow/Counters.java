package io.dualport.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One cell per {@link Counter}, with a single writer: the event loop that owns the channel.
 *
 * <p>A write is a release store of a plain sum, so counting costs no locked instruction; a reader
 * on another thread sees each cell whole and in time, though not all cells at one instant. It reads
 * them from the last to the first: what it sees as out it also sees as in, as {@link Counter} names
 * what comes in first.
 */
public final class Counters {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] cells = new long[Counter.values().length];

  /** Adds to a cell; for the owning event loop only. */
  public void add(Counter counter, long amount) {
    int cell = counter.ordinal();
    CELL.setRelease(cells, cell, cells[cell] + amount);
  }

  /** Adds one; for the owning event loop only. */
  public void increment(Counter counter) {
    add(counter, 1);
  }

  /** Reads a cell from any thread. */
  public long get(Counter counter) {
    return (long) CELL.getAcquire(cells, counter.ordinal());
  }

  /** Adds all of another's cells to this one's; for the owner of both only. */
  void addAll(Counters other) {
    for (Counter counter : Counter.values()) {
      add(counter, other.cells[counter.ordinal()]);
    }
  }

  /** What the cells hold now, read cell by cell from any thread. */
  public CounterValues values() {
    long[] values = new long[cells.length];
    for (int cell = values.length - 1; cell >= 0; cell--) {
      values[cell] = (long) CELL.getAcquire(cells, cell);
    }
    return new CounterValues(values);
  }
}
