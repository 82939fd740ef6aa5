package io.dualport.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters with a single writer, read from any thread without disturbing it.
 *
 * <p>A write is a release store of a plain sum, so counting costs no locked instruction; a reader
 * on another thread sees each cell whole and in time, though not all cells at one instant.
 */
public abstract class CounterArray {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] cells;

  /**
   * @param size how many cells
   */
  protected CounterArray(int size) {
    cells = new long[size];
  }

  /** Adds to a cell; for the one writer only. */
  protected final void add(int cell, long amount) {
    CELL.setRelease(cells, cell, cells[cell] + amount);
  }

  /** Reads a cell from any thread. */
  protected final long get(int cell) {
    return (long) CELL.getAcquire(cells, cell);
  }

  /** Adds all cells of another one to this one's; for the one writer only. */
  protected final void addAll(CounterArray other) {
    for (int cell = 0; cell < cells.length; cell++) {
      add(cell, other.get(cell));
    }
  }

  /** What the cells hold now, read from the last to the first. */
  protected final long[] cells() {
    long[] values = new long[cells.length];
    for (int cell = values.length - 1; cell >= 0; cell--) {
      values[cell] = get(cell);
    }
    return values;
  }
}
