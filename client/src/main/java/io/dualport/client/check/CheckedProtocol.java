package io.dualport.client.check;

import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;

/**
 * What was found on one protocol at one address. What is not known is null.
 *
 * @param address null if the name has none
 * @param answeredBy what answers, in words
 * @param verdictNanos from the first packet to the verdict
 * @param connectNanos from SYN to established (TCP)
 * @param fastestNanos the fastest round trip of a small message
 * @param askedBytes the largest message that was asked for, of an echo
 * @param largestBytes the largest message that came back whole
 * @param pathMtuBytes what the kernel holds for the path, headers included
 * @param halfClose what became of the bytes on their way when we sent FIN (TCP)
 * @param ours the five-tuple we sent from
 * @param seen what the server says it saw
 * @param alternatives where else the server says it is (Alt-Svc, RFC 7838)
 * @param instances the ids of all servers that stamped an echo, each once
 */
record CheckedProtocol(
    Protocol protocol,
    InetAddress address,
    Finding finding,
    String answeredBy,
    Long verdictNanos,
    Long connectNanos,
    Long fastestNanos,
    Integer askedBytes,
    Integer largestBytes,
    Integer pathMtuBytes,
    HalfClose halfClose,
    FiveTuple ours,
    Seen seen,
    String alternatives,
    Set<Long> instances) {

  CheckedProtocol {
    instances = Set.copyOf(instances);
  }

  /** A finding without a packet sent. */
  static CheckedProtocol untried(Protocol protocol, InetAddress address, Finding verdict) {
    return new CheckedProtocol(
        protocol, address, verdict, null, null, null, null, null, null, null, null, null, null,
        null, Set.of());
  }

  /** The same with another finding. */
  CheckedProtocol with(Finding other) {
    return new CheckedProtocol(
        protocol,
        address,
        other,
        answeredBy,
        verdictNanos,
        connectNanos,
        fastestNanos,
        askedBytes,
        largestBytes,
        pathMtuBytes,
        halfClose,
        ours,
        seen,
        alternatives,
        instances);
  }

  /** Whether both ends saw the same five-tuple; null if the server does not tell. */
  Boolean isRewritten() {
    return seen == null || ours == null ? null : !seen.isSame(ours);
  }

  /** What a connection does with the bytes on their way when the client half-closes. */
  enum HalfClose {
    /** All of them came back, then FIN. */
    KEPT("all bytes came back after our FIN, then its FIN"),
    /** FIN came before all of them. */
    LOST("bytes on their way at our FIN were lost"),
    /** All of them came back, and then others. */
    MORE("bytes that were never sent came after our FIN"),
    /** The connection was reset. */
    RESET("our FIN was answered with RST"),
    /** All of them came back, but no FIN within the timeout. */
    NOT_ANSWERED("our FIN was not answered");

    private final String text;

    HalfClose(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }

    /** For programs. */
    String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
