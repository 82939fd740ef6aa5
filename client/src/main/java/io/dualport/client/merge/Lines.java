package io.dualport.client.merge;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The lines of a file, one at a time, each of bounded size. */
final class Lines implements Closeable {
  /** Bytes of a line: an interval of three digits is at most 700 KB, one of a second some 10 KB. */
  static final int MAX_BYTES = 1 << 20;

  private final InputStream in;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private long number;
  private boolean cut;

  Lines(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /**
   * The next line without its end, CR LF included; null after the last.
   *
   * @throws LineTooLongException if it has more than {@link #MAX_BYTES}
   */
  String next() throws IOException, LineTooLongException {
    line.reset();
    int next = in.read();
    if (next < 0) {
      return null;
    }
    number++;
    while (next >= 0 && next != '\n') {
      if (line.size() == MAX_BYTES) {
        throw new LineTooLongException();
      }
      line.write(next);
      next = in.read();
    }
    cut = next < 0;
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  /** Of the line that {@link #next} returned, from 1. */
  long number() {
    return number;
  }

  /** Whether that line was the last and has no end. */
  boolean isCut() {
    return cut;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** A line that no log has. */
  static final class LineTooLongException extends Exception {
    private static final long serialVersionUID = 1;
  }
}
