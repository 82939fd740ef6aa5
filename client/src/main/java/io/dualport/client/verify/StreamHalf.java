package io.dualport.client.verify;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * One direction of a TCP stream, put in order by its sequence numbers (RFC 9293, section 3.4):
 * bytes that were sent again are passed on once, and a hole is closed by what comes later, or else
 * counted as not captured.
 */
final class StreamHalf {
  /** Bytes that may wait behind a hole; more than any window is by default (tcp(7), tcp_rmem). */
  static final int MAX_WAITING_BYTES = 8 << 20;

  /** Segments that a copy is looked for among; where captures are merged, it is the next. */
  private static final int RECENT = 32;

  private final Direction way = new Direction();
  private final MessageScanner scanner;

  /** What waits behind a hole, by its offset in the stream. */
  private TreeMap<Long, byte[]> waiting;

  private int waitingBytes;
  private boolean isBegun;
  private boolean isEnded;

  /** Offsets count from the first byte; the sequence number that belongs to offset 0. */
  private int origin;

  /** Of the latest segments: their offset and identity, mixed. */
  private long[] recent;

  private int recentCount;
  private long next;
  private long acked;

  StreamHalf(MessageScanner scanner) {
    this.scanner = scanner;
  }

  Direction way() {
    return way;
  }

  MessageScanner scanner() {
    return scanner;
  }

  /** Whether all of it is there, its FIN acknowledged. */
  boolean isDone() {
    return isEnded && waiting == null && acked > next;
  }

  /** SYN: the stream begins with the next sequence number. */
  void begin(int sequence) {
    if (!isBegun) {
      isBegun = true;
      origin = sequence + 1;
    }
  }

  void end() {
    isEnded = true;
  }

  /** The other side has everything before this sequence number. */
  void acked(int sequence) {
    if (isBegun) {
      acked = Math.max(acked, offset(sequence));
    }
  }

  private long offset(int sequence) {
    return next + (sequence - (origin + (int) next));
  }

  /**
   * Content of a segment.
   *
   * @param length on the wire; what is beyond the captured bytes was cut by the capture
   * @param identity as {@link Packet#identity}
   * @param isResent as tshark flags it
   */
  void segment(
      int sequence,
      int length,
      byte[] bytes,
      int captured,
      long vantage,
      long identity,
      boolean isResent) {
    if (!isBegun) {
      isBegun = true;
      origin = sequence;
      way.begunBefore++;
    }
    int place = way.vantage(vantage);
    long offset = offset(sequence);
    boolean isOld = offset + length <= next || waiting != null && waiting.containsKey(offset);
    if (place > 1 && isOld) {
      way.elsewhere++;
      return;
    }
    if (isCopy(identity, offset) && isOld) {
      way.copies++;
      return;
    }
    way.packets++;
    way.retransmitted += isResent ? 1 : 0;
    way.cut += captured < length ? 1 : 0;
    if (isOld) {
      return;
    }
    if (offset <= next) {
      consume(offset, length, bytes, captured);
      drain(false);
    } else if (captured == length) {
      hold(offset, Arrays.copyOf(bytes, captured));
    }
  }

  /** Whether it is among the latest; it is from now on. */
  private boolean isCopy(long identity, long offset) {
    if (identity == 0) {
      return false;
    }
    if (recent == null) {
      recent = new long[RECENT];
    }
    long mixed = 31 * identity + offset;
    for (long one : recent) {
      if (one == mixed) {
        return true;
      }
    }
    recent[recentCount++ % RECENT] = mixed;
    return false;
  }

  private void consume(long offset, int length, byte[] bytes, int captured) {
    int known = (int) Math.min(next - offset, length);
    scanner.take(bytes, Math.min(known, captured), captured);
    int missing = length - Math.max(known, captured);
    if (missing > 0) {
      scanner.skip(missing);
    }
    way.bytes += length - known;
    next = offset + length;
  }

  private void hold(long offset, byte[] bytes) {
    if (waiting == null) {
      waiting = new TreeMap<>();
    }
    byte[] before = waiting.get(offset);
    if (before == null || before.length < bytes.length) {
      waiting.put(offset, bytes);
      waitingBytes += bytes.length - (before == null ? 0 : before.length);
    }
    if (waitingBytes > MAX_WAITING_BYTES) {
      drain(true);
    }
  }

  /** Passes on what is in order now; a hole before it is given up if that is wanted. */
  private void drain(boolean isGivenUp) {
    boolean skipping = isGivenUp;
    while (waiting != null && !waiting.isEmpty()) {
      Map.Entry<Long, byte[]> first = waiting.firstEntry();
      if (first.getKey() > next) {
        if (!skipping) {
          return;
        }
        miss(first.getKey() - next);
        skipping = false;
      }
      waiting.pollFirstEntry();
      byte[] bytes = first.getValue();
      waitingBytes -= bytes.length;
      if (first.getKey() + bytes.length > next) {
        consume(first.getKey(), bytes.length, bytes, bytes.length);
      }
    }
    waiting = null;
  }

  private void miss(long bytes) {
    way.missingBytes += bytes;
    scanner.skip(bytes);
    next += bytes;
  }

  /** Nothing more will come: what is not there was not captured. */
  void finish() {
    while (waiting != null && !waiting.isEmpty()) {
      drain(true);
    }
    long fin = isEnded ? 1 : 0;
    if (acked - fin > next) {
      miss(acked - fin - next);
    }
  }
}
