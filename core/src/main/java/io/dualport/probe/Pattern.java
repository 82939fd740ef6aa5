package io.dualport.probe;

import io.netty.buffer.ByteBuf;

/**
 * The bytes a probe message is filled with, derived from run id, sequence number and position, so
 * that every byte that comes back can be checked without keeping what was sent.
 *
 * <p>Eight bytes at a time: word w of a message is SplitMix64's mix of (seed + w * gamma), big
 * endian (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). The
 * same input gives the same bytes on every machine.
 */
public final class Pattern {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  /** Factors of {@link #mix} and {@link #GAMMA}, inverted modulo 2^64. */
  private static final long FIRST_INVERSE = 0x96DE1B173F119089L;

  private static final long SECOND_INVERSE = 0x319642B2D24D8EC3L;
  private static final long GAMMA_INVERSE = 0xF1DE83E19937733DL;

  private final long seed;

  /** The pattern of one message. */
  public Pattern(long runId, long sequence) {
    this.seed = mix(runId + GAMMA * mix(sequence + GAMMA));
  }

  /** The byte at a position of the message, counted from the message's first byte. */
  public byte at(int position) {
    return byteOf(word(position >>> 3), position);
  }

  /** The byte at a position of the message, of the eight bytes that it is one of. */
  public static byte byteOf(long word, int position) {
    return (byte) (word >>> 56 - 8 * (position & 7));
  }

  /** Appends the pattern for positions {@code from} (inclusive) to {@code to} (exclusive). */
  public void write(ByteBuf out, int from, int to) {
    int position = from;
    while (position < to && (position & 7) != 0) {
      out.writeByte(at(position++));
    }
    for (; position + 8 <= to; position += 8) {
      out.writeLong(word(position >>> 3));
    }
    while (position < to) {
      out.writeByte(at(position++));
    }
  }

  /**
   * Compares bytes with the pattern.
   *
   * @param in the bytes, read from {@code index} on; its indexes are not moved
   * @param from the position in the message of the byte at {@code index}
   * @param length how many bytes to compare
   * @return the position in the message of the first byte that differs, or -1
   */
  public int firstMismatch(ByteBuf in, int index, int from, int length) {
    int done = 0;
    while (done < length) {
      int position = from + done;
      if ((position & 7) == 0
          && done + 8 <= length
          && in.getLong(index + done) == word(position >>> 3)) {
        done += 8;
      } else if (in.getByte(index + done) == at(position)) {
        done++;
      } else {
        return position;
      }
    }
    return -1;
  }

  /** Eight bytes of the message from position {@code 8 * index} on, big endian. */
  public long word(int index) {
    return mix(seed + GAMMA * index);
  }

  /**
   * The only sequence number whose pattern has this word at this place. Every step of the mixing
   * can be undone, so eight bytes that came back whole name their message without a search.
   *
   * @param index which word of the message
   */
  public static long sequenceOf(long runId, int index, long word) {
    long seed = unmix(word) - GAMMA * index;
    return unmix((unmix(seed) - runId) * GAMMA_INVERSE) - GAMMA;
  }

  private static long mix(long z) {
    long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
    return b ^ b >>> 31;
  }

  private static long unmix(long z) {
    long b = z ^ z >>> 31 ^ z >>> 62;
    long a = b * SECOND_INVERSE;
    long y = a ^ a >>> 27 ^ a >>> 54;
    long x = y * FIRST_INVERSE;
    return x ^ x >>> 30 ^ x >>> 60;
  }
}
