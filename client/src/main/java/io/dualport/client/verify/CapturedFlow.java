package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What was captured of one five-tuple: requests out, echoes back. */
final class CapturedFlow {
  /** Requests whose time is kept until their echo comes; for late ones alone. */
  static final int MAX_TIMED = 1 << 16;

  private final FlowKey tuple;
  private final ClientFlow client;
  private final MessageSet messages;
  private final Set<FlowKey> members = new HashSet<>();
  private Map<Long, Long> askedAt;

  final Direction out = new Direction();
  final Direction back = new Direction();

  /** UDP: echoes that came later than the client's timeout. */
  private long late;

  private FlowKey stamped;
  private boolean isBeyond;

  /**
   * @param tuple as captured; of the flows that the result does not list, the first one's
   * @param client the row of the result it belongs to
   */
  CapturedFlow(FlowKey tuple, ClientFlow client, MessageSet.Room room) {
    this.tuple = tuple;
    this.client = client;
    this.messages = new MessageSet(room);
  }

  FlowKey tuple() {
    return tuple;
  }

  ClientFlow client() {
    return client;
  }

  /** Five-tuples that it is the sum of, where the result does not list them. */
  Set<FlowKey> members() {
    return members;
  }

  Direction way(boolean isRequest) {
    return isRequest ? out : back;
  }

  /**
   * A whole message.
   *
   * @return what it is, at this place of the capture
   */
  MessageSet.Sighting message(
      boolean isRequest, long sequence, int vantage, long timeNanos, long timeoutNanos) {
    MessageSet.Sighting sighting =
        isRequest ? messages.asked(sequence, vantage) : messages.echoed(sequence, vantage);
    switch (sighting) {
      case FIRST -> {
        way(isRequest).messages++;
        if (tuple.protocol() == Protocol.UDP) {
          time(isRequest, sequence, timeNanos, timeoutNanos);
        }
      }
      case REPEATED -> way(isRequest).repeated++;
      case ELSEWHERE -> {
        // The packet was counted where it was first seen.
      }
      case BEYOND -> isBeyond = true;
    }
    return sighting;
  }

  private void time(boolean isRequest, long sequence, long timeNanos, long timeoutNanos) {
    if (isRequest) {
      if (askedAt == null) {
        askedAt = new HashMap<>();
      }
      if (askedAt.size() < MAX_TIMED) {
        askedAt.put(sequence, timeNanos);
      }
    } else if (askedAt != null) {
      Long asked = askedAt.remove(sequence);
      if (asked != null && timeNanos - asked > timeoutNanos) {
        late++;
      }
    }
  }

  /**
   * Once all is read: datagrams that name no message may be damaged ones of this run. Where the
   * client did not send as many, the five-tuple was used by others, too.
   *
   * @param canName whether every message of the run is long enough to name itself
   */
  void settle(boolean canName) {
    boolean isWhole = out.cut + back.cut == 0;
    if (tuple.protocol() == Protocol.UDP
        && client != null
        && canName
        && isWhole
        && Math.max(out.messages + out.unnamed, back.messages + back.unnamed) > client.sent()) {
      out.disownUnnamed();
      back.disownUnnamed();
    }
  }

  /** The five-tuple that the server wrote into an echo. */
  void stamped(FlowKey seen) {
    stamped = seen;
  }

  /** Null if no echo has a stamp. */
  FlowKey stamped() {
    return stamped;
  }

  long late() {
    return late;
  }

  /** Messages that were asked and have no echo in the capture. */
  long unanswered() {
    return out.messages - messages.both();
  }

  /**
   * Whether messages are told from bytes: not those of a stream that are too short to name
   * themselves, or whose beginnings the capture cut off; nor datagrams that may be several each.
   */
  boolean areMessagesKnown(boolean canName) {
    if (tuple.protocol() == Protocol.UDP) {
      return untold() == 0;
    }
    boolean isWhole = out.cut + back.cut == 0;
    return canName
        && (isWhole
            || client == null
            || out.messages >= client.sent() && back.messages >= client.received());
  }

  /** UDP: captured datagrams that may be several each. */
  long untold() {
    return out.untold + back.untold;
  }

  /** Whether it has more messages than could be told apart. */
  boolean isBeyond() {
    return isBeyond;
  }

  /** Whether something of it is known to be not in the capture. */
  boolean isIncomplete() {
    return out.isIncomplete() || back.isIncomplete();
  }
}
