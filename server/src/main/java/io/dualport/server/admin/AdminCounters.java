package io.dualport.server.admin;

import java.util.EnumMap;
import java.util.Map;

/** What the admin side counts of itself; written and read by its one thread alone. */
final class AdminCounters {
  private final Map<HttpRefusal, Long> refused = new EnumMap<>(HttpRefusal.class);
  private long connections;
  private long requests;
  private long streams;
  private long framesLost;
  private long acceptFailures;

  AdminCounters() {
    for (HttpRefusal refusal : HttpRefusal.values()) {
      refused.put(refusal, 0L);
    }
  }

  void connectionOpened() {
    connections++;
  }

  void connectionClosed() {
    connections--;
  }

  void requested() {
    requests++;
  }

  void refused(HttpRefusal refusal) {
    refused.merge(refusal, 1L, Long::sum);
  }

  void streamOpened() {
    streams++;
  }

  void streamClosed() {
    streams--;
  }

  void frameLost() {
    framesLost++;
  }

  void acceptFailed() {
    acceptFailures++;
  }

  /** Accepts that failed, as a rule because the descriptor table is full. */
  long acceptFailures() {
    return acceptFailures;
  }

  /** Open now. */
  long connections() {
    return connections;
  }

  /** Answered or refused, since the start. */
  long requests() {
    return requests;
  }

  /** Readers of the event stream now. */
  long streams() {
    return streams;
  }

  /** Frames of the event stream that a slow reader did not get. */
  long framesLost() {
    return framesLost;
  }

  Map<HttpRefusal, Long> refused() {
    return new EnumMap<>(refused);
  }
}
