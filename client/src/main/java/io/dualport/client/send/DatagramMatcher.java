package io.dualport.client.send;

import io.dualport.client.message.MessageSeries;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;

/**
 * Tells which message a datagram is the echo of, and what is wrong with it.
 *
 * <p>A message with a header names itself. One without is compared with those in flight and then
 * with those settled recently. Messages of one or two bytes can look alike; then the oldest in
 * flight is taken, so that nothing is lost that came back, and a reordering may stay unseen.
 */
final class DatagramMatcher {
  private final MessageSeries messages;
  private final Flight flight;

  /** What a datagram turned out to be. */
  enum Kind {
    WHOLE,
    TRUNCATED,
    CORRUPTED,
    /** No message of this run is anything like it. */
    STRANGER
  }

  /**
   * @param sequence of the message; -1 for a stranger
   * @param position of the first wrong byte, or of the first that is missing or too many; -1 if
   *     whole or a stranger
   */
  record Match(Kind kind, int sequence, int position) {}

  DatagramMatcher(MessageSeries messages, Flight flight) {
    this.messages = messages;
    this.flight = flight;
  }

  Match match(ByteBuf datagram) {
    if (!datagram.isReadable() && messages.size() > 0) {
      return new Match(Kind.STRANGER, -1, -1); // no piece of anything
    }
    List<Integer> candidates = messages.hasHeader() ? named(datagram) : flight.candidates();
    int length = datagram.readableBytes();
    if (length == messages.size()) {
      Optional<Integer> whole = firstAgreeing(candidates, datagram, length);
      if (whole.isPresent()) {
        return new Match(Kind.WHOLE, whole.get(), -1);
      }
    } else if (length < messages.size()) {
      Optional<Integer> cut =
          firstAgreeing(candidates.isEmpty() ? flight.candidates() : candidates, datagram, length);
      if (cut.isPresent()) {
        return new Match(Kind.TRUNCATED, cut.get(), length);
      }
    }
    return nearest(datagram);
  }

  /** The message that an intact header names, if it is one of this run. */
  private List<Integer> named(ByteBuf datagram) {
    return Probe.get(datagram, datagram.readerIndex())
        .filter(probe -> flight.isSent(probe.sequence()))
        .map(probe -> List.of((int) probe.sequence()))
        .orElse(List.of());
  }

  private Optional<Integer> firstAgreeing(List<Integer> candidates, ByteBuf datagram, int length) {
    return candidates.stream()
        .filter(sequence -> mismatch(sequence, datagram, length) == MessageSeries.NO_MISMATCH)
        .findFirst();
  }

  /** The message in flight with the fewest wrong bytes, if fewer than half are wrong. */
  private Match nearest(ByteBuf datagram) {
    int length = Math.min(datagram.readableBytes(), messages.size());
    int fewest = length / 2 + 1;
    int nearest = -1;
    for (int sequence : flight.inFlight()) {
      int wrong = messages.differences(sequence, datagram, datagram.readerIndex(), length);
      if (wrong < fewest) {
        fewest = wrong;
        nearest = sequence;
      }
    }
    if (nearest < 0) {
      return new Match(Kind.STRANGER, -1, -1);
    }
    int wrongAt = mismatch(nearest, datagram, length);
    return new Match(
        Kind.CORRUPTED, nearest, wrongAt == MessageSeries.NO_MISMATCH ? length : wrongAt);
  }

  private int mismatch(int sequence, ByteBuf datagram, int length) {
    return messages.firstMismatch(sequence, datagram, datagram.readerIndex(), length);
  }
}
