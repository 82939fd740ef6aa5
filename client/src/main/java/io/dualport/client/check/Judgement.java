package io.dualport.client.check;

import java.util.Locale;

/** What one protocol of a port turned out to be. */
enum Judgement {
  /** Small and large messages came back whole, from the address that was dialled. */
  OPEN,
  /** Somebody said no: RST to a SYN, or an ICMP message. */
  REFUSED,
  /** Nothing came back, not even a no. */
  SILENT,
  /** The connection was reset after it had opened (TCP). */
  RESET,
  /** The echo came from another address or port than was dialled (UDP). */
  WRONG_SOURCE,
  /** Less came back than was sent, what is there being right. */
  TRUNCATED,
  /** Other bytes came back than were sent. */
  CORRUPTED,
  /** Small messages come back, large ones do not. */
  LARGE_LOST,
  /** Nothing can be said about the port: this machine could not ask. */
  UNTRIED;

  /** As reports show it: {@code wrong-source}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
