package io.dualport.client.merge;

import io.dualport.flow.Protocol;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.HdrHistogram.Histogram;

/**
 * One interval line of an HdrHistogram log (format version 1.3): {@code Tag=tcp,start,length,max,
 * histogram}, times in seconds. HdrHistogram's own reader passes over lines that it cannot parse
 * and leaves the checksum at the end of the compressed data unread; here either is a fault.
 */
record Interval(Protocol protocol, double startSeconds, double lengthSeconds, Histogram histogram) {
  private static final Pattern LINE =
      Pattern.compile(
          "(?:Tag=([^,]*),)?(-?\\d{1,12}\\.\\d{1,9}),(\\d{1,12}\\.\\d{1,9}),\\d{1,25}(?:\\.\\d{1,9})?,"
              + "([A-Za-z0-9+/]++=*+)");
  private static final int COMPRESSED_V2 = 0x1c849314;
  private static final int COMPRESSED_HEADER_BYTES = 8;
  private static final int HEADER_BYTES = 40;
  private static final int DIGITS_OFFSET = 12;

  /** As {@code load} writes them: 450 KB of counts at most, where five digits may ask for 50 MB. */
  private static final int MAX_DIGITS = 3;

  /** Uncompressed: a histogram of three digits is at most 500 KB. */
  static final int MAX_INFLATED_BYTES = 4 << 20;

  /**
   * @throws IllegalArgumentException saying what is wrong with the line
   */
  static Interval parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("is no line of a load log");
    }
    if (matcher.group(1) == null) {
      throw new IllegalArgumentException("is an interval without Tag=tcp or Tag=udp");
    }
    return new Interval(
        LoggedCounts.tagged(matcher.group(1)),
        Double.parseDouble(matcher.group(2)),
        Double.parseDouble(matcher.group(3)),
        decode(matcher.group(4)));
  }

  private static Histogram decode(String base64) {
    try {
      ByteBuffer compressed = ByteBuffer.wrap(Base64.getDecoder().decode(base64));
      if (compressed.remaining() < COMPRESSED_HEADER_BYTES
          || compressed.getInt() != COMPRESSED_V2
          || compressed.getInt() != compressed.remaining()) {
        throw new IllegalArgumentException("no whole compressed histogram of version 2");
      }
      ByteBuffer plain = ByteBuffer.wrap(inflate(compressed));
      if (plain.remaining() < HEADER_BYTES || plain.getInt(4) != plain.remaining() - HEADER_BYTES) {
        throw new IllegalArgumentException("its length and its content differ");
      }
      if (plain.getInt(DIGITS_OFFSET) > MAX_DIGITS) {
        throw new IllegalArgumentException("it has more than " + MAX_DIGITS + " digits");
      }
      Histogram histogram = Histogram.decodeFromByteBuffer(plain, 0);
      if (histogram.getTotalCount() < 0) {
        throw new IllegalArgumentException("more values than can be counted");
      }
      return histogram;
    } catch (DataFormatException | RuntimeException e) {
      // Whatever the decoder trips over, indices out of bounds included.
      throw new IllegalArgumentException(
          "is an interval whose histogram is damaged (" + e.getMessage() + ")", e);
    }
  }

  /** To the end of the stream, where zlib compares its checksum (RFC 1950, section 2.2). */
  private static byte[] inflate(ByteBuffer compressed) throws DataFormatException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(compressed);
      byte[] plain = new byte[1 << 16];
      int length = 0;
      while (true) {
        int more = inflater.inflate(plain, length, plain.length - length);
        length += more;
        if (inflater.finished() && inflater.getRemaining() == 0) {
          return Arrays.copyOf(plain, length);
        }
        if (length == MAX_INFLATED_BYTES) {
          throw new DataFormatException("larger than " + MAX_INFLATED_BYTES + " bytes");
        }
        if (length == plain.length) {
          plain = Arrays.copyOf(plain, 2 * plain.length);
        } else if (more == 0) {
          throw new DataFormatException("it ends too early, or too late");
        }
      }
    } finally {
      inflater.end();
    }
  }
}
