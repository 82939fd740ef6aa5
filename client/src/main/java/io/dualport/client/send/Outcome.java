package io.dualport.client.send;

import java.util.Locale;

/** What one protocol turned out to be, from the best to the least known. */
enum Outcome {
  /** Every message came back whole, in time. */
  OPEN,
  /** Some came back whole, some did not come in time. */
  LOSSY,
  /** Came back shorter than it was sent (UDP). */
  TRUNCATED,
  /** Came back with wrong bytes, or with more than was sent. */
  CORRUPTED,
  /** The server's side closed before everything was back (TCP). */
  CLOSED_EARLY,
  /** The connection was reset (TCP). */
  RESET,
  /** Nobody is there: RST to a SYN, ICMP port unreachable to a datagram. */
  REFUSED,
  /** Nothing ever came back within the timeout. */
  SILENT,
  /** No route to the network or host, or a router or firewall said so. */
  UNREACHABLE,
  /** The host name has no address. */
  UNRESOLVED,
  /** This machine refused: source port busy, five-tuple in TIME_WAIT, local firewall, too large. */
  NOT_SENT,
  /** It was interrupted before anything could be said. */
  UNTRIED,
  /** An error we have no name for. */
  FAILED;

  /** Whether it says something about the port; the last four do not, nothing reached it. */
  boolean judgesThePort() {
    return compareTo(UNRESOLVED) < 0;
  }

  /** As reports show it: {@code closed-early}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
