package io.dualport.server;

import io.dualport.flow.FiveTuple;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;

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
  private static final int WAYS = 4;

  /** Content beyond this is told apart by its last word and its length alone. */
  private static final int HASHED_BYTES = 4096;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final int limit;
  private final long[] hashes = new long[BUCKETS * WAYS];
  private final int[] sightings = new int[BUCKETS * WAYS];

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
    int free = -1;
    for (int i = bucket; i < bucket + WAYS; i++) {
      if (sightings[i] == 0) {
        free = i;
      } else if (hashes[i] == hash) {
        if (++sightings[i] <= limit) {
          return false;
        }
        sightings[i] = 0;
        return true;
      }
    }
    if (free >= 0) {
      hashes[free] = hash;
      sightings[free] = 1;
    } else {
      for (int i = bucket; i < bucket + WAYS; i++) {
        sightings[i]--;
      }
    }
    return false;
  }

  /** Of a probe message the stamp is left out: it differs each time it comes around. */
  private static long hash(int seed, ByteBuf datagram) {
    int start = datagram.readerIndex();
    int length = datagram.readableBytes();
    long hash = mix(seed, length);
    boolean probe = length >= Probe.HEADER_BYTES && datagram.getLong(start) == Probe.MAGIC;
    int hashed = Math.min(length, HASHED_BYTES);
    int at = 0;
    for (; at + Long.BYTES <= hashed; at += Long.BYTES) {
      if (!probe || at < Probe.STAMP_OFFSET || at >= Probe.HEADER_BYTES) {
        hash = mix(hash, datagram.getLong(start + at));
      }
    }
    for (; at < hashed; at++) {
      hash = mix(hash, datagram.getByte(start + at));
    }
    return length > HASHED_BYTES ? mix(hash, datagram.getLong(start + length - Long.BYTES)) : hash;
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * MULTIPLIER;
    return mixed ^ mixed >>> 29;
  }
}
