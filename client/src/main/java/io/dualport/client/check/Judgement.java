package io.dualport.client.check;

import java.util.Locale;

/** What one protocol of a port turned out to be. */
enum Judgement {
  /** Small and large messages came back whole, from the address that was dialled. */
  OPEN("small and large messages came back whole"),
  /** Somebody said no: RST to a SYN, or an ICMP message. */
  REFUSED("RST to a SYN, or an ICMP message: nobody listens, or a firewall rejects"),
  /** Nothing came back, not even a no. */
  SILENT("nothing came back within the timeout, not even a no"),
  /** The connection was reset after it had opened (TCP). */
  RESET("the connection opened and was then reset (TCP)"),
  /** The echo came from another address or port than was dialled (UDP). */
  WRONG_SOURCE("the echo came from another address or port than was dialled (UDP)"),
  /** Less came back than was sent, what is there being right. */
  TRUNCATED("less came back than was sent, what is there being right"),
  /** Other bytes came back than were sent. */
  CORRUPTED("other bytes came back than were sent; also what no echo would say"),
  /** Small messages come back, large ones do not. */
  LARGE_LOST("small messages come back, large ones do not"),
  /** Nothing can be said about the port: this machine could not ask. */
  UNTRIED("no verdict: this machine could not ask (no address, no route, no permission)");

  private final String meaning;

  Judgement(String meaning) {
    this.meaning = meaning;
  }

  /** For {@code --help}. */
  String meaning() {
    return meaning;
  }

  /** As reports show it: {@code wrong-source}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
