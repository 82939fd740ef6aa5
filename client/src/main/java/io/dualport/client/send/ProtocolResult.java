package io.dualport.client.send;

import io.dualport.client.message.OnTheWay;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import java.util.Locale;

/**
 * How one protocol of a run went.
 *
 * @param roundTrips null if nothing came back
 * @param ours the five-tuple we sent from; null if no socket was bound
 * @param stamps what the server said it saw
 */
record ProtocolResult(
    Protocol protocol,
    Finding finding,
    ExchangeCounts counts,
    RoundTrips roundTrips,
    FiveTuple ours,
    Stamps stamps) {

  /** The result of a protocol that never got as far as a socket of its own. */
  static ProtocolResult unsent(Protocol protocol, Finding verdict) {
    return new ProtocolResult(protocol, verdict, ExchangeCounts.NOTHING, null, null, Stamps.NONE);
  }

  /** Whether the server saw the five-tuple we sent from. */
  Path path() {
    if (ours == null || stamps.first() == null) {
      return Path.NOT_STAMPED;
    }
    return !stamps.differ() && ours.equals(stamps.first().tuple()) ? Path.SAME : Path.REWRITTEN;
  }

  /** What lies between the two ends in words, as check tells it. */
  String onTheWay() {
    return switch (path()) {
      case NOT_STAMPED -> "not stamped";
      case SAME -> OnTheWay.text(ours, stamps.first().tuple());
      case REWRITTEN -> {
        String first = OnTheWay.text(ours, stamps.first().tuple());
        yield stamps.differ() ? first + "; later others" : first;
      }
    };
  }

  /** What lies between the two ends, as far as the stamps tell. */
  enum Path {
    SAME,
    REWRITTEN,
    NOT_STAMPED;

    /** For programs. */
    String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
