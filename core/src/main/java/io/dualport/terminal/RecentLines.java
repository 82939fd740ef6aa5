package io.dualport.terminal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Takes the place of standard error while a screen is drawn, whose picture a line in between would
 * tear: keeps the last lines for later, and counts the others. For any number of threads.
 */
public final class RecentLines extends OutputStream {
  /** Lines that are kept. */
  public static final int MAX_LINES = 200;

  /** Bytes that are kept of one line. */
  public static final int MAX_LINE_BYTES = 1000;

  private static final long NEWS_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final OutputStream alsoTo;
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final LongSupplier nanoClock;
  private long forgotten;
  private long lastNanos;

  /**
   * @param alsoTo gets every byte at once, as when standard error is a file; {@link
   *     OutputStream#nullOutputStream()} for nobody
   */
  public RecentLines(OutputStream alsoTo) {
    this(alsoTo, System::nanoTime);
  }

  RecentLines(OutputStream alsoTo, LongSupplier nanoClock) {
    this.alsoTo = alsoTo;
    this.nanoClock = nanoClock;
  }

  @Override
  public synchronized void write(int octet) throws IOException {
    alsoTo.write(octet);
    keep(octet);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    alsoTo.write(bytes, offset, length);
    for (int i = offset; i < offset + length; i++) {
      keep(bytes[i]);
    }
  }

  @Override
  public void flush() throws IOException {
    alsoTo.flush();
  }

  private void keep(int octet) {
    if (octet == '\n') {
      if (lines.size() == MAX_LINES) {
        lines.removeFirst();
        forgotten++;
      }
      lines.addLast(line.toString(StandardCharsets.UTF_8));
      lastNanos = nanoClock.getAsLong();
      line.reset();
    } else if (octet != '\r' && line.size() < MAX_LINE_BYTES) {
      line.write(octet);
    }
  }

  /** The last whole line, for as long as it is news. */
  public synchronized Optional<String> last() {
    return nanoClock.getAsLong() - lastNanos < NEWS_NANOS
        ? Optional.ofNullable(lines.peekLast())
        : Optional.empty();
  }

  /** Every line that is still kept, after one that says how many are not. */
  public synchronized List<String> all() {
    List<String> all = new ArrayList<>();
    if (forgotten > 0) {
      all.add("(" + forgotten + " earlier lines were not kept)");
    }
    all.addAll(lines);
    return all;
  }
}
