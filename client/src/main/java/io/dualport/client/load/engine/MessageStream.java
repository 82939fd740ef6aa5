package io.dualport.client.load.engine;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.plan.EchoComparison;
import io.dualport.client.load.plan.MessageBytes;
import java.nio.ByteBuffer;

/**
 * The messages of one flow as a byte stream: what has begun, how much of it the kernel took, how
 * much came back. Only the intended times are kept; the bytes are written again from anywhere.
 */
final class MessageStream {
  private static final int SMALLEST = 4;

  private final LoadFlow flow;
  private final MessageBytes messages;
  private final EchoComparison verify;
  private long[] intended = new long[SMALLEST];

  /** Of the flow's first message; null once that was read. */
  private StampPieces stamp;

  /** The message whose echo is being read, and how much of it was. */
  private long reading;

  private int readingOffset;
  private boolean wrong;

  /** The message that is being sent, and how much of it was. */
  private long writing;

  private int writingOffset;
  private long end;

  MessageStream(LoadFlow flow) {
    this.flow = flow;
    this.messages = flow.lane.plan().messages();
    this.verify = flow.lane.plan().settings().verify();
  }

  int inFlight() {
    return (int) (end - reading);
  }

  boolean hasUnsent() {
    return writing < end;
  }

  /** Appends a message; numbers follow each other. */
  void add(long n, long intendedNanos) {
    if (n - reading >= intended.length) {
      grow();
    }
    intended[(int) n & intended.length - 1] = intendedNanos;
    end = n + 1;
  }

  private void grow() {
    long[] larger = new long[2 * intended.length];
    for (long n = reading; n < end; n++) {
      larger[(int) n & larger.length - 1] = intended(n);
    }
    intended = larger;
  }

  private long intended(long n) {
    return intended[(int) n & intended.length - 1];
  }

  /**
   * Writes what is to be sent next into a buffer, from index 0 on.
   *
   * @return how many bytes
   */
  int fill(ByteBuffer out) {
    int filled = 0;
    int offset = writingOffset;
    for (long n = writing; n < end && filled < out.capacity(); n++) {
      long sequence = flow.sequence(n);
      int size = messages.size(sequence);
      int take = Math.min(size - offset, out.capacity() - filled);
      messages.write(out, filled, sequence, size, intended(n), offset, offset + take);
      filled += take;
      offset = 0;
    }
    return filled;
  }

  /** The kernel took so many of the bytes that {@link #fill} wrote. */
  void sent(int bytes) {
    int left = bytes;
    while (left > 0) {
      int size = messages.size(flow.sequence(writing));
      int take = Math.min(size - writingOffset, left);
      left -= take;
      writingOffset += take;
      if (writingOffset == size) {
        flow.count(writing, Count.BYTES_OUT, size);
        writing++;
        writingOffset = 0;
      }
    }
  }

  /**
   * Compares bytes that came back.
   *
   * @param start the index of the first
   * @return how many of them can be echoes; fewer than length if more came than was sent
   */
  int read(ByteBuffer in, int start, int length, long nowNanos) {
    int at = start;
    int to = start + length;
    while (at < to && reading < end) {
      long sequence = flow.sequence(reading);
      int size = messages.size(sequence);
      int sentOfIt = reading < writing ? size : writingOffset;
      int take = Math.min(sentOfIt - readingOffset, to - at);
      if (take == 0) {
        break;
      }
      if (!wrong && verify.covers(reading)) {
        wrong =
            messages.firstMismatch(in, at, sequence, size, intended(reading), readingOffset, take)
                != MessageBytes.NO_MISMATCH;
        if (wrong && readingOffset == 0) {
          flow.unlike(in, at, take, reading, intended(reading));
        }
      }
      if (MessageBytes.asksForStamp(sequence, size)) {
        stamp = stamp == null ? new StampPieces() : stamp;
        stamp.take(in, at, readingOffset, take);
      }
      at += take;
      readingOffset += take;
      if (readingOffset == size) {
        complete(size, nowNanos);
      }
    }
    return at - start;
  }

  private void complete(int size, long nowNanos) {
    flow.lane.ledger().outages().heard(nowNanos);
    flow.count(reading, Count.BYTES_IN, size);
    if (stamp != null) {
      wrong |= !flow.stamped(stamp);
      stamp = null;
    }
    if (wrong) {
      flow.count(reading, Count.CORRUPTED, 1);
    } else {
      flow.echoed(reading, intended(reading), nowNanos);
    }
    reading++;
    readingOffset = 0;
    wrong = false;
  }

  /**
   * The connection is no more: the next message begins a new stream.
   *
   * @param as what becomes of those in flight: lost, or never sent
   */
  void abandon(Count as, long nowNanos) {
    for (; reading < end; reading++) {
      flow.count(reading, as, 1);
      if (as == Count.LOST) {
        flow.lane.ledger().outages().lost(nowNanos);
      }
    }
    stamp = null;
    writing = end;
    readingOffset = 0;
    writingOffset = 0;
    wrong = false;
  }
}
