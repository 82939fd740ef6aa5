package io.dualport.client.send;

import java.io.PrintStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Prints what becomes of each message as soon as it is known, as ping does. A thread of its own
 * forms and writes the lines: an event loop that waited for a slow terminal would make the network
 * look slow.
 */
final class Replies implements AutoCloseable {
  /** Lines that may wait; with more the reader is too slow, and the summary still has all. */
  private static final int MOST_WAITING = 10_000;

  private static final Supplier<String> LAST = () -> null;

  private final PrintStream out;
  private final BlockingQueue<Supplier<String>> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong leftOut = new AtomicLong();
  private final Thread printer = new Thread(this::print, "replies");

  Replies(PrintStream out) {
    this.out = out;
    printer.setDaemon(true);
    printer.start();
  }

  /** Prints a line soon; on any thread, without waiting. */
  void say(Supplier<String> line) {
    if (!waiting.offer(line)) {
      leftOut.incrementAndGet();
    }
  }

  private void print() {
    try {
      for (Supplier<String> line = waiting.take(); line != LAST; line = waiting.take()) {
        out.println(line.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Prints what still waits, and a blank line. Blocks. */
  @Override
  public void close() {
    try {
      waiting.put(LAST);
      printer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (leftOut.get() > 0) {
      out.println("(" + leftOut + " lines more: they came faster than standard output takes them)");
    }
    out.println();
  }
}
