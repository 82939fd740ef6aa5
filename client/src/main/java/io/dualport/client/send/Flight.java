package io.dualport.client.send;

import io.dualport.report.Durations;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
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
  private final Consumer<Supplier<String>> told;

  /** Oldest first. */
  private final List<Launched> inFlight = new ArrayList<>(WINDOW);

  private final ArrayDeque<Integer> recent = new ArrayDeque<>(RECENT);
  private final Histogram roundTrips = new Histogram(TimeUnit.HOURS.toNanos(2), 3);

  private int last;
  private int next;
  private int highestEchoed = NO_MESSAGE;
  private int echoed;
  private int lost;
  private int duplicated;
  private int reordered;
  private int corrupted;
  private int truncated;
  private int late;
  private int unanswered;

  private record Launched(int sequence, long sentNanos) {}

  /**
   * @param told what became of each message, a line each
   */
  Flight(int count, Consumer<Supplier<String>> told) {
    this.states = new byte[count];
    this.last = count;
    this.told = told;
  }

  boolean hasNext() {
    return next < last;
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

  /** Sends no more. */
  void stop() {
    last = next;
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
        long tookNanos = Math.max(1, nowNanos - settle(sequence, ANSWERED));
        roundTrips.recordValue(tookNanos);
        echoed++;
        boolean overtaken = sequence < highestEchoed;
        if (overtaken) {
          reordered++;
        }
        told.accept(
            () ->
                sequence
                    + ": back in "
                    + Durations.text(tookNanos)
                    + (overtaken ? ", behind a later one" : ""));
        highestEchoed = Math.max(highestEchoed, sequence);
      }
      case LOST -> {
        states[sequence] = ANSWERED;
        late++;
        told.accept(() -> sequence + ": back too late");
      }
      default -> {
        duplicated++;
        told.accept(() -> sequence + ": back once more");
      }
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
      int sequence = inFlight.get(0).sequence;
      settle(sequence, LOST);
      lost++;
      told.accept(() -> sequence + ": no echo in time");
    }
    return lost > before;
  }

  /** The connection ends here: what is still in flight counts as lost. */
  void abandon() {
    while (!inFlight.isEmpty()) {
      settle(inFlight.get(0).sequence, LOST);
      lost++;
    }
  }

  /** The run is interrupted: what becomes of what is still in flight will not be known. */
  void interrupt() {
    stop();
    unanswered = inFlight.size();
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

  ExchangeCounts counts() {
    return new ExchangeCounts(
        next, echoed, lost, duplicated, reordered, corrupted, truncated, late, unanswered);
  }

  /** Messages sent after the last of those that came back whole in time. */
  int sentSinceEcho() {
    return next - 1 - highestEchoed;
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
