package io.dualport.client.send;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The bookkeeping of one protocol: which messages are in flight, which are settled, and how. One
 * byte for each message, whatever happens. Used by one event loop alone.
 */
final class Flight {
  /** Messages that may be unanswered at once. */
  static final int WINDOW = 32;

  /** Settled messages that an echo without header is still compared with. */
  static final int RECENT = 256;

  private static final byte IN_FLIGHT = 1;
  private static final byte ANSWERED = 2;
  private static final byte LOST = 3;
  private static final int NO_MESSAGE = -1;

  private final byte[] states;

  /** Oldest first. */
  private final List<Launched> inFlight = new ArrayList<>(WINDOW);

  private final ArrayDeque<Integer> recent = new ArrayDeque<>(RECENT);
  private final Histogram roundTrips = new Histogram(TimeUnit.HOURS.toNanos(2), 3);

  private int next;
  private int highestEchoed = NO_MESSAGE;
  private int echoed;
  private int lost;
  private int duplicated;
  private int reordered;
  private int corrupted;
  private int truncated;
  private int late;

  private record Launched(int sequence, long sentNanos) {}

  Flight(int count) {
    states = new byte[count];
  }

  boolean hasNext() {
    return next < states.length;
  }

  boolean hasRoom() {
    return inFlight.size() < WINDOW;
  }

  boolean isEmpty() {
    return inFlight.isEmpty();
  }

  /** Every message was sent, and is answered or lost. */
  boolean isSettled() {
    return !hasNext() && isEmpty();
  }

  /** The sequence number of the next message, which is also how many were sent. */
  int next() {
    return next;
  }

  /** Puts the next message in flight. */
  void launch(long nowNanos) {
    states[next] = IN_FLIGHT;
    inFlight.add(new Launched(next, nowNanos));
    next++;
  }

  /** When the oldest message in flight was sent, or else what is given. */
  long oldestSentNanos(long otherwise) {
    return inFlight.isEmpty() ? otherwise : inFlight.get(0).sentNanos;
  }

  /** A whole echo came: of a message in flight, or a duplicate, or too late. */
  void echoed(int sequence, long nowNanos) {
    switch (states[sequence]) {
      case IN_FLIGHT -> {
        roundTrips.recordValue(Math.max(1, nowNanos - settle(sequence, ANSWERED)));
        echoed++;
        if (sequence < highestEchoed) {
          reordered++;
        }
        highestEchoed = Math.max(highestEchoed, sequence);
      }
      case LOST -> {
        states[sequence] = ANSWERED;
        late++;
      }
      default -> duplicated++;
    }
  }

  /** An echo with a wrong byte came; the message is answered, if we can tell which. */
  void corrupted(int sequence) {
    corrupted++;
    settleIfInFlight(sequence);
  }

  /** Bytes came that belong to no message. */
  void corrupted() {
    corrupted++;
  }

  /** An echo came that ends too early. */
  void truncated(int sequence) {
    truncated++;
    settleIfInFlight(sequence);
  }

  /** Counts as lost what was sent before a moment, and says whether there was any. */
  boolean expire(long sentBeforeNanos) {
    int before = lost;
    while (!inFlight.isEmpty() && inFlight.get(0).sentNanos - sentBeforeNanos <= 0) {
      settle(inFlight.get(0).sequence, LOST);
      lost++;
    }
    return lost > before;
  }

  /** The run ends here: what is still in flight counts as lost. */
  void abandon() {
    expire(inFlight.isEmpty() ? 0 : inFlight.get(inFlight.size() - 1).sentNanos);
  }

  boolean isSent(long sequence) {
    return sequence >= 0 && sequence < next;
  }

  boolean isInFlight(long sequence) {
    return isSent(sequence) && states[(int) sequence] == IN_FLIGHT;
  }

  /** Sequence numbers in flight, oldest first. */
  List<Integer> inFlight() {
    return inFlight.stream().map(Launched::sequence).toList();
  }

  /** In flight, oldest first, then the recently settled, the last settled first. */
  List<Integer> candidates() {
    List<Integer> candidates = new ArrayList<>(inFlight());
    recent.descendingIterator().forEachRemaining(candidates::add);
    return candidates;
  }

  Tally tally() {
    return new Tally(next, echoed, lost, duplicated, reordered, corrupted, truncated, late);
  }

  /** Null if nothing came back. */
  RoundTrips roundTrips() {
    return RoundTrips.of(roundTrips);
  }

  private void settleIfInFlight(int sequence) {
    if (states[sequence] == IN_FLIGHT) {
      settle(sequence, ANSWERED);
    }
  }

  /** Takes a message out of flight and returns when it was sent. */
  private long settle(int sequence, byte state) {
    states[sequence] = state;
    if (recent.size() == RECENT) {
      recent.removeFirst();
    }
    recent.addLast(sequence);
    for (Iterator<Launched> launched = inFlight.iterator(); launched.hasNext(); ) {
      Launched message = launched.next();
      if (message.sequence == sequence) {
        launched.remove();
        return message.sentNanos;
      }
    }
    throw new IllegalStateException("message " + sequence + " is not in flight");
  }
}
