package io.dualport.client.check;

import io.dualport.client.message.MessageSeries;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The datagrams of a check, and what came back of each. */
final class SentDatagrams {
  /** What begins like a message of ours for less than that can do so by chance. */
  private static final int RECOGNISED_BYTES = 4;

  private final long runId;

  /** A check sends dozens of messages, not more; its sizes need no more than that. */
  private final List<Sent> all = new ArrayList<>();

  /** One of them. */
  static final class Sent {
    private final MessageSeries messages;
    private final int sequence;
    private final long nanos;
    private int echoes;

    Sent(MessageSeries messages, int sequence, long nanos) {
      this.messages = messages;
      this.sequence = sequence;
      this.nanos = nanos;
    }

    int sequence() {
      return sequence;
    }

    int size() {
      return messages.size();
    }

    /** When it was handed to the kernel ({@link System#nanoTime}). */
    long nanos() {
      return nanos;
    }

    boolean hasHeader() {
      return messages.hasHeader();
    }

    /** One more echo of it came. */
    void cameBack() {
      echoes++;
    }

    /** As {@link MessageSeries#firstMismatch}. */
    int mismatch(ByteBuf echo, int length) {
      return messages.firstMismatch(sequence, echo, 0, length);
    }
  }

  SentDatagrams(long runId) {
    this.runId = runId;
  }

  /** Remembers one; its number must be {@link #size}. */
  void add(Sent one) {
    all.add(one);
  }

  int size() {
    return all.size();
  }

  Sent get(int sequence) {
    return all.get(sequence);
  }

  /** How many of a size were sent. */
  int count(int size) {
    return (int) all.stream().filter(one -> one.size() == size).count();
  }

  /** How many of a size have not come back, or not yet. */
  int missing(int size) {
    return (int) all.stream().filter(one -> one.size() == size && one.echoes == 0).count();
  }

  /** How many came back more than once. */
  int doubled() {
    return (int) all.stream().filter(one -> one.echoes > 1).count();
  }

  /** The number of the last one that was sent by then; of the first in question if none was. */
  int latestBefore(long nanos, int first) {
    return IntStream.iterate(all.size() - 1, i -> i >= 0, i -> i - 1)
        .filter(i -> all.get(i).nanos - nanos <= 0)
        .findFirst()
        .orElse(first);
  }

  /**
   * The message that a datagram is the echo of: the one its header names, else the one that differs
   * least, in less than half of the bytes. Of a few bytes, or none, nobody can tell.
   *
   * @param first the number of the first that comes into question
   */
  Optional<Sent> original(ByteBuf echo, int first) {
    Optional<Sent> named =
        Probe.get(echo, 0)
            .filter(probe -> probe.runId() == runId)
            .filter(probe -> probe.sequence() >= 0 && probe.sequence() < all.size())
            .map(probe -> all.get((int) probe.sequence()));
    return named.isPresent()
        ? named.filter(one -> one.sequence >= first)
        : nearest(echo, all.subList(first, all.size()));
  }

  private static Optional<Sent> nearest(ByteBuf echo, List<Sent> candidates) {
    Optional<Sent> nearest = Optional.empty();
    int fewest = Integer.MAX_VALUE;
    for (Sent candidate : candidates) {
      int length = Math.min(echo.readableBytes(), candidate.size());
      if (length < Math.min(RECOGNISED_BYTES, candidate.size())) {
        continue;
      }
      int wrong = candidate.messages.differences(candidate.sequence, echo, 0, length);
      if (wrong < fewest && 2 * wrong < length) {
        fewest = wrong;
        nearest = Optional.of(candidate);
      }
    }
    return nearest;
  }
}
