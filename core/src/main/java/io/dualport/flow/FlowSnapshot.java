package io.dualport.flow;

import java.time.Instant;

/**
 * An immutable reading of one flow.
 *
 * @param tuple the five-tuple
 * @param framing whether the bytes of a connection are messages; null for UDP
 * @param counters what passed through it
 * @param firstSeen when its first message came or its connection was accepted
 * @param lastSeen when its last message came
 * @param eventLoop the index of the event loop that serves it, from 0
 * @param inode the inode of the socket it landed on, {@link Flow#UNKNOWN} where not known
 * @param rttMicros the kernel's smoothed round-trip time, {@link Flow#UNKNOWN} where not known
 * @param endedBy why it ended, null while it lives
 */
public record FlowSnapshot(
    FiveTuple tuple,
    Framing framing,
    CounterValues counters,
    Instant firstSeen,
    Instant lastSeen,
    int eventLoop,
    long inode,
    long rttMicros,
    String endedBy) {

  /**
   * Whether messages can be counted at all: a stream that is no probe has none, and a 0 of it would
   * read like a loss.
   */
  public boolean hasMessages() {
    return framing != Framing.NONE;
  }
}
