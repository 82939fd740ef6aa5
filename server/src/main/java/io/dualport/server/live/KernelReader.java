package io.dualport.server.live;

import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Reads the kernel's socket table as often as it is asked to, but never for more than a small share
 * of the time: the kernel walks its whole table for it, however few of the sockets are ours.
 */
final class KernelReader {
  /** A reading that took 10 ms is the last one for 200 ms. */
  private static final int REST_FACTOR = 20;

  private final Supplier<Optional<KernelRows>> table;
  private final LongSupplier nanoClock;
  private Optional<KernelRows> last = Optional.empty();
  private long notBeforeNanos;

  KernelReader(int port) {
    this(() -> KernelRows.on(port), System::nanoTime);
  }

  KernelReader(Supplier<Optional<KernelRows>> table, LongSupplier nanoClock) {
    this.table = table;
    this.nanoClock = nanoClock;
    this.notBeforeNanos = nanoClock.getAsLong();
  }

  Optional<KernelRows> rows() {
    long begin = nanoClock.getAsLong();
    if (begin - notBeforeNanos >= 0) {
      last = table.get();
      long end = nanoClock.getAsLong();
      notBeforeNanos = end + (end - begin) * REST_FACTOR;
    }
    return last;
  }
}
