package io.dualport.probe;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * The header of the client's messages, so that both ends and Wireshark can read them. Big endian.
 *
 * <pre>
 * offset size
 *      0    8  magic DUALPRB1
 *      8    4  length of the whole message, header included
 *     12    2  flags, bit 0: please stamp
 *     14    2  reserved, 0
 *     16    8  run id
 *     24    8  sequence number, from 0
 *     32    8  intended send time, ns, client clock
 *     40   56  stamp, see {@link Stamp}
 *     96    -  payload, see {@link Pattern}
 * </pre>
 *
 * <p>A message shorter than the header carries the pattern alone.
 *
 * @param length bytes of the whole message, {@link #HEADER_BYTES} or more
 * @param stampWanted flags bit 0
 * @param runId the same for all messages of one run
 * @param sequence from 0
 * @param intendedNanos intended send time, ns, client clock
 */
public record Probe(
    int length, boolean stampWanted, long runId, long sequence, long intendedNanos) {
  public static final int HEADER_BYTES = 96;

  /** {@code DUALPRB1} in ASCII. */
  public static final long MAGIC = 0x4455414C50524231L;

  public static final int LENGTH_OFFSET = 8;
  public static final int FLAGS_OFFSET = 12;
  public static final int RUN_ID_OFFSET = 16;
  public static final int SEQUENCE_OFFSET = 24;
  public static final int INTENDED_OFFSET = 32;
  public static final int STAMP_OFFSET = 40;
  public static final int FLAG_STAMP = 1;

  /** Flags and the reserved field of a message that asks for a stamp. */
  private static final int STAMP_FLAGS = FLAG_STAMP << Short.SIZE;

  /** Appends a whole message: header where it fits, pattern in the rest. */
  public void write(ByteBuf out) {
    Pattern pattern = new Pattern(runId, sequence);
    if (length < HEADER_BYTES) {
      pattern.write(out, 0, length);
      return;
    }
    writeHeader(out);
    pattern.write(out, HEADER_BYTES, length);
  }

  /** Appends the {@link #HEADER_BYTES} bytes of the header alone, the stamp unwritten. */
  public void writeHeader(ByteBuf out) {
    for (int offset = 0; offset < HEADER_BYTES; offset += Long.BYTES) {
      out.writeLong(headerWord(offset, length, stampWanted, runId, sequence, intendedNanos));
    }
  }

  /**
   * Eight bytes of a header as it is sent, from an offset on.
   *
   * @param offset a multiple of 8, less than {@link #HEADER_BYTES}
   */
  public static long headerWord(
      int offset, int length, boolean stampWanted, long runId, long sequence, long intendedNanos) {
    return switch (offset) {
      case 0 -> MAGIC;
      case LENGTH_OFFSET -> (long) length << Integer.SIZE | (stampWanted ? STAMP_FLAGS : 0);
      case RUN_ID_OFFSET -> runId;
      case SEQUENCE_OFFSET -> sequence;
      case INTENDED_OFFSET -> intendedNanos;
      default -> 0; // the stamp, unwritten
    };
  }

  /**
   * Reads a header at an index; the buffer's own indexes are not moved.
   *
   * @return empty if fewer than {@link #HEADER_BYTES} bytes are there, the magic is another, or the
   *     length cannot be
   */
  public static Optional<Probe> get(ByteBuf buffer, int index) {
    if (buffer.writerIndex() - index < HEADER_BYTES
        || buffer.getLong(index) != MAGIC
        || buffer.getInt(index + LENGTH_OFFSET) < HEADER_BYTES
        || !hasKnownFlags(buffer, index)) {
      return Optional.empty();
    }
    return Optional.of(
        new Probe(
            buffer.getInt(index + LENGTH_OFFSET),
            (buffer.getUnsignedShort(index + FLAGS_OFFSET) & FLAG_STAMP) != 0,
            buffer.getLong(index + RUN_ID_OFFSET),
            buffer.getLong(index + SEQUENCE_OFFSET),
            buffer.getLong(index + INTENDED_OFFSET)));
  }

  /**
   * Whether flags and reserved field are as this version writes them: one more thing that a stream
   * which only happens to begin like a probe gets wrong.
   */
  public static boolean hasKnownFlags(ByteBuf buffer, int index) {
    int flagsAndReserved = buffer.getInt(index + FLAGS_OFFSET);
    return flagsAndReserved == 0 || flagsAndReserved == STAMP_FLAGS;
  }
}
