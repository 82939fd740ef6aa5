package io.dualport.client.verify;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Lines of tshark's output, of which only the last one is kept. */
final class PacketLines {
  /** Characters of a line: two for each byte of a packet, which has at most 512 KiB (BIG TCP). */
  static final int MAX_CHARACTERS = 4 << 20;

  private final InputStream in;
  private byte[] buffer = new byte[1 << 18];
  private int position;
  private int end;
  private long number;

  PacketLines(InputStream in) {
    this.in = in;
  }

  /**
   * Puts the next line into the packet.
   *
   * @return false after the last
   * @throws IllegalArgumentException if a line is not as tshark writes it
   */
  boolean next(Packet packet) throws IOException {
    int scanned = position;
    while (true) {
      for (int i = scanned; i < end; i++) {
        if (buffer[i] == '\n') {
          int from = position;
          position = i + 1;
          number++;
          packet.set(buffer, from, i > from && buffer[i - 1] == '\r' ? i - 1 : i);
          return true;
        }
      }
      scanned = end - position;
      if (!fill()) {
        return false;
      }
    }
  }

  /** Moves what is left to the front and reads on; a last line without its end is none. */
  private boolean fill() throws IOException {
    System.arraycopy(buffer, position, buffer, 0, end - position);
    end -= position;
    position = 0;
    if (end == buffer.length) {
      if (end >= MAX_CHARACTERS) {
        throw new IllegalArgumentException("a line of more than " + MAX_CHARACTERS + " characters");
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    int read = in.read(buffer, end, buffer.length - end);
    end += Math.max(0, read);
    return read >= 0;
  }

  /** Of the last line, from 1. */
  long number() {
    return number;
  }
}
