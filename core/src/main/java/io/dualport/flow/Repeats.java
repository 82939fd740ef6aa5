package io.dualport.flow;

import io.netty.buffer.ByteBuf;

/**
 * Notices a datagram that keeps coming around. Two echoes that answer each other pass the same
 * bytes to and fro for ever (CVE-2024-2169, CERT CA-1996-01); every round brings them here once
 * more, and one reply withheld ends it.
 *
 * <p>One datagram is remembered by a fingerprint and its sightings are counted. When it was not
 * seen for {@link #FORGET_AFTER} others, the next one is remembered instead, so that of several
 * datagrams going around each gets its turn. A client that counts its messages, as ours does, never
 * repeats one; a client that sends the same bytes again and again loses one in each {@code limit}.
 */
public final class Repeats {
  private static final int FORGET_AFTER = 1024;

  /** Probe messages differ in their sequence number, which stands here. */
  private static final int PROBE_SEQUENCE_OFFSET = 24;

  /** 2^64 / phi, odd: multiplying by it loses nothing and reaches every higher bit. */
  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  private long fingerprint;
  private int sightings;
  private int others;

  /**
   * Looks at the next datagram of the flow.
   *
   * @param limit after how many sightings it is a loop, at least 1
   * @return whether this one should get no reply
   */
  public boolean isLoop(ByteBuf datagram, int limit) {
    long seen = fingerprint(datagram);
    if (seen != fingerprint) {
      if (sightings == 0 || ++others > FORGET_AFTER) {
        remember(seen);
      }
      return false;
    }
    others = 0;
    if (++sightings <= limit) {
      return false;
    }
    sightings = 0; // watch another one from here on
    return true;
  }

  private void remember(long seen) {
    fingerprint = seen;
    sightings = 1;
    others = 0;
  }

  /**
   * Length and up to three words; a false match costs one reply in each limit, a miss cannot
   * happen.
   */
  private static long fingerprint(ByteBuf datagram) {
    int start = datagram.readerIndex();
    int length = datagram.readableBytes();
    long mixed = length;
    if (length < Long.BYTES) {
      for (int i = 0; i < length; i++) {
        mixed = mixed << Byte.SIZE | datagram.getUnsignedByte(start + i);
      }
      return mixed;
    }
    mixed = mix(mixed, datagram.getLong(start));
    mixed = mix(mixed, datagram.getLong(start + length - Long.BYTES));
    if (length >= PROBE_SEQUENCE_OFFSET + Long.BYTES) {
      mixed = mix(mixed, datagram.getLong(start + PROBE_SEQUENCE_OFFSET));
    }
    return mixed;
  }

  /** Not a plain sum: words that count up and down together, or overlap, would cancel out. */
  private static long mix(long mixed, long word) {
    long product = (mixed ^ word) * GOLDEN_RATIO;
    return product ^ product >>> 32;
  }
}
