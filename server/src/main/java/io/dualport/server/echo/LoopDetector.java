package io.dualport.server.echo;

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
 * flow entry and cannot grow: {@link #CAPACITY} datagrams are counted at the same time, eight in
 * each bucket. What came again keeps its place until it is cut, or was not seen for a minute; of
 * those that came once, one newcomer in eight displaces one, so that what goes around in a flood
 * stays long enough to be seen again. Where more go around than a bucket holds, the first eight are
 * cut and the next have their turn; until then they are echoed, and told as without a place.
 */
final class LoopDetector {
  private static final int BUCKETS = 1 << 14;
  private static final int WAYS = 8;

  /** Different datagrams, in 1 MiB. */
  static final int CAPACITY = BUCKETS * WAYS;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  // An entry: 32 bits of tag, 8 of when it was seen last, 24 of sightings; 0 = free.
  private static final int TAG_SHIFT = 32;
  private static final int AGE_SHIFT = 24;
  private static final int AGE_MASK = 0xff;
  private static final int SIGHTINGS_MASK = (1 << AGE_SHIFT) - 1;

  /** 2^33 ns are 8.6 s. */
  private static final int NANOS_TO_AGE_SHIFT = 33;

  /** In 8.6 s; longer than a datagram takes to come around, through whatever queues. */
  private static final int STALE_AGE = 8;

  private final int limit;
  private final Runnable noPlace;
  private final CRC32C content = new CRC32C();
  private final long[] entries = new long[CAPACITY];

  /** The state of a linear congruential generator: the same in each run. */
  private long chance = 1;

  /**
   * @param limit after how many sightings the next one is a loop, 1 to {@link
   *     #ServerSettings.MAX_LOOP_AFTER}
   * @param noPlace is told of each datagram whose bucket is full of others that go around
   */
  LoopDetector(int limit, Runnable noPlace) {
    this.limit = limit;
    this.noPlace = noPlace;
  }

  /**
   * Counts a datagram.
   *
   * @param now {@link System#nanoTime}
   * @return whether it came around so often that it should get no reply
   */
  boolean isLoop(FiveTuple tuple, ByteBuf datagram, long now) {
    long hash = hash(tuple.hashCode(), datagram);
    int bucket = (int) (hash >>> 50) * WAYS;
    int tag = (int) hash;
    int seen = (int) (now >>> NANOS_TO_AGE_SHIFT) & AGE_MASK;
    for (int i = bucket; i < bucket + WAYS; i++) {
      if ((int) (entries[i] >>> TAG_SHIFT) == tag && entries[i] != 0) {
        int sightings = isStale(entries[i], seen) ? 0 : (int) entries[i] & SIGHTINGS_MASK;
        boolean goesAround = sightings == limit;
        entries[i] = goesAround ? 0 : entry(tag, seen, sightings + 1);
        return goesAround;
      }
    }
    int place = place(bucket, seen);
    if (place >= 0) {
      entries[place] = entry(tag, seen, 1);
    }
    return false;
  }

  private static long entry(int tag, int seen, int sightings) {
    return (long) tag << TAG_SHIFT | (long) seen << AGE_SHIFT | sightings;
  }

  private static boolean isStale(long entry, int seen) {
    return (seen - (int) (entry >>> AGE_SHIFT) & AGE_MASK) >= STALE_AGE;
  }

  /**
   * Where a newcomer is counted: a free place, or by chance that of one that came once.
   *
   * @return an index, or -1
   */
  private int place(int bucket, int seen) {
    chance = chance * MULTIPLIER + 1;
    int first = (int) (chance >>> 61);
    boolean displaces = (chance >>> 58 & 7) == 0;
    int once = -1;
    for (int i = 0; i < WAYS; i++) {
      int way = bucket + (first + i & WAYS - 1);
      if (entries[way] == 0 || isStale(entries[way], seen)) {
        return way;
      }
      if ((entries[way] & SIGHTINGS_MASK) == 1) {
        once = way;
      }
    }
    if (once < 0) {
      noPlace.run();
    }
    return displaces ? once : -1;
  }

  /** Of a probe message the stamp is left out: it differs each time it comes around. */
  private long hash(int seed, ByteBuf datagram) {
    int length = datagram.readableBytes();
    ByteBuffer bytes = bytes(datagram, length);
    int start = bytes.position();
    content.reset();
    if (length >= Probe.HEADER_BYTES && bytes.getLong(start) == Probe.MAGIC) {
      content.update(bytes.limit(start + Probe.STAMP_OFFSET));
      bytes.limit(start + length).position(start + Probe.HEADER_BYTES);
    }
    content.update(bytes);
    return mix(mix(seed, length), content.getValue());
  }

  /** Its view of the memory; a slice has none, and would make one for each datagram. */
  private static ByteBuffer bytes(ByteBuf datagram, int length) {
    ByteBuf whole = datagram.unwrap();
    int at = datagram.readerIndex();
    return whole != null && datagram.hasMemoryAddress()
        ? whole.internalNioBuffer(
            at + (int) (datagram.memoryAddress() - whole.memoryAddress()), length)
        : datagram.internalNioBuffer(at, length);
  }

  private static long mix(long hash, long word) {
    long mixed = (hash ^ word) * MULTIPLIER;
    return mixed ^ mixed >>> 29;
  }
}
