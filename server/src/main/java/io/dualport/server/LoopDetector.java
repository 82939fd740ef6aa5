package io.dualport.server;

import io.dualport.flow.FiveTuple;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Notices datagrams that keep coming around. Two echoes that answer each other pass the same bytes
 * to and fro for ever (CVE-2024-2169, CERT CA-1996-01); every round brings them here once more, and
 * one reply withheld ends that datagram's way. For one event loop.
 *
 * <p>A table of fixed size counts sightings by a hash of five-tuple and content, so it needs no
 * flow entry and cannot grow. Where a bucket is full, every newcomer takes one sighting from each
 * of its entries (Misra and Gries, "Finding repeated elements", 1982): what comes once makes room
 * again, what comes around stays. So up to some ten thousand different datagrams going around are
 * all counted at the same time.
 */
final class LoopDetector {
  private static final int BUCKETS = 1 << 14;
  private static final int WAYS = 8;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final int limit;
  private final CRC32C content = new CRC32C();

  /** A datagram's tag in the upper half, its sightings in the lower; 0 = free. */
  private final long[] entries = new long[BUCKETS * WAYS];

  /**
   * @param limit after how many sightings the next one is a loop, at least 1
   */
  LoopDetector(int limit) {
    this.limit = limit;
  }

  /** Counts a datagram; true if it came around so often that it should get no reply. */
  boolean isLoop(FiveTuple tuple, ByteBuf datagram) {
    long hash = hash(tuple.hashCode(), datagram);
    int bucket = (int) (hash >>> 50) * WAYS;
    int tag = (int) hash;
    int free = -1;
    for (int i = bucket; i < bucket + WAYS; i++) {
      if (entries[i] == 0) {
        free = i;
      } else if ((int) (entries[i] >>> 32) == tag) {
        boolean goesAround = (int) entries[i] == limit;
        entries[i] = goesAround ? 0 : entries[i] + 1;
        return goesAround;
      }
    }
    if (free >= 0) {
      entries[free] = (long) tag << 32 | 1;
    } else {
      for (int i = bucket; i < bucket + WAYS; i++) {
        entries[i] = (int) entries[i] == 1 ? 0 : entries[i] - 1;
      }
    }
    return false;
  }

  /** Of a probe message the stamp is left out: it differs each time it comes around. */
  private long hash(int seed, ByteBuf datagram) {
    int length = datagram.readableBytes();
    ByteBuffer bytes = datagram.internalNioBuffer(datagram.readerIndex(), length);
    int start = bytes.position();
    content.reset();
    if (length >= Probe.HEADER_BYTES && bytes.getLong(start) == Probe.MAGIC) {
      content.update(bytes.limit(start + Probe.STAMP_OFFSET));
      bytes.limit(start + length).position(start + Probe.HEADER_BYTES);
    }
    content.update(bytes);
    return mix(mix(seed, length), content.getValue());
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * MULTIPLIER;
    return mixed ^ mixed >>> 29;
  }
}
