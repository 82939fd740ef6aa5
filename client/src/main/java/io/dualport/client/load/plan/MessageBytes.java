package io.dualport.client.load.plan;

import io.dualport.client.message.SizeRange;
import io.dualport.probe.Pattern;
import io.dualport.probe.Probe;
import java.nio.ByteBuffer;

/**
 * The bytes of any message of a run, written and compared piece by piece, eight at a time.
 *
 * <p>They follow from the sequence number and the intended send time, so nothing that was sent is
 * kept: a stream that could not take a whole message goes on later from any byte of it. Buffers are
 * big endian.
 */
public final class MessageBytes {
  /** Every byte is as it must be. */
  public static final int NO_MISMATCH = -1;

  /** Bits of a sequence number that count the messages of a flow; above them stands its index. */
  public static final int NUMBER_BITS = 40;

  private static final int HEADER_WORDS = Probe.HEADER_BYTES / Long.BYTES;
  private static final int STAMP_WORD = Probe.STAMP_OFFSET / Long.BYTES;
  private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

  private final long runId;
  private final SizeRange sizes;
  private final long epochOffset;

  /**
   * @param epochOffset what makes a reading of {@link System#nanoTime} ns since the Unix epoch
   */
  public MessageBytes(long runId, SizeRange sizes, long epochOffset) {
    this.runId = runId;
    this.sizes = sizes;
    this.epochOffset = epochOffset;
  }

  public long runId() {
    return runId;
  }

  public int size(long sequence) {
    return sizes.of(sequence);
  }

  /** Whether a message asks the server for its stamp: the first of its flow, if it has a header. */
  public static boolean asksForStamp(long sequence, int size) {
    return (sequence & NUMBER_MASK) == 0 && size >= Probe.HEADER_BYTES;
  }

  /** Writes the bytes from one position of a message to another, into a buffer at an index. */
  public void write(
      ByteBuffer out, int index, long sequence, int size, long intended, int from, int to) {
    Pattern pattern = new Pattern(runId, sequence);
    boolean header = size >= Probe.HEADER_BYTES;
    int position = from;
    int at = index;
    while (position < to) {
      long value = word(pattern, header, position >>> 3, sequence, size, intended);
      if ((position & 7) == 0 && position + Long.BYTES <= to) {
        out.putLong(at, value);
        at += Long.BYTES;
        position += Long.BYTES;
      } else {
        out.put(at++, Pattern.byteOf(value, position++));
      }
    }
  }

  /**
   * Compares bytes with those of a message. What stands where the server may write its stamp is
   * left to whoever takes the echo.
   *
   * @param index of the first byte in the buffer
   * @param from the position in the message of that byte
   * @param length how many bytes to compare
   * @return the position in the message of the first wrong byte, or {@link #NO_MISMATCH}
   */
  public int firstMismatch(
      ByteBuffer in, int index, long sequence, int size, long intended, int from, int length) {
    Pattern pattern = new Pattern(runId, sequence);
    boolean header = size >= Probe.HEADER_BYTES;
    boolean stamped = asksForStamp(sequence, size);
    int to = from + length;
    int position = from;
    int at = index;
    while (position < to) {
      int word = position >>> 3;
      if (stamped && word >= STAMP_WORD && word < HEADER_WORDS) {
        at++;
        position++;
        continue;
      }
      long value = word(pattern, header, word, sequence, size, intended);
      if ((position & 7) == 0 && position + Long.BYTES <= to && in.getLong(at) == value) {
        at += Long.BYTES;
        position += Long.BYTES;
      } else if (in.get(at) == Pattern.byteOf(value, position)) {
        at++;
        position++;
      } else {
        return position;
      }
    }
    return NO_MISMATCH;
  }

  /** Eight bytes of a message, of which the first {@link #HEADER_WORDS} may be a header. */
  private long word(
      Pattern pattern, boolean header, int word, long sequence, int size, long intended) {
    return header && word < HEADER_WORDS
        ? Probe.headerWord(
            word * Long.BYTES,
            size,
            asksForStamp(sequence, size),
            runId,
            sequence,
            intended + epochOffset)
        : pattern.word(word);
  }
}
