package io.dualport.server.live;

import java.util.Optional;

/**
 * Reads the kernel's socket table as often as it is asked to, but never for more than a small share
 * of the time: the kernel walks its whole table for it, however few of the sockets are ours.
 */
final class KernelReader {
  /** A reading that took 10 ms is the last one for 200 ms. */
  private static final int REST_FACTOR = 20;

  private final int port;
  private Optional<KernelRows> last = Optional.empty();
  private long notBeforeNanos = System.nanoTime();

  KernelReader(int port) {
    this.port = port;
  }

  Optional<KernelRows> rows() {
    long begin = System.nanoTime();
    if (begin - notBeforeNanos >= 0) {
      last = KernelRows.on(port);
      long end = System.nanoTime();
      notBeforeNanos = end + (end - begin) * REST_FACTOR;
    }
    return last;
  }
}
