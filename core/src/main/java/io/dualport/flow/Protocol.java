package io.dualport.flow;

import java.util.Locale;

/** The two transport protocols of the pair, with their number in the IP header. */
public enum Protocol {
  /** RFC 9293. */
  TCP(6),
  /** RFC 768. */
  UDP(17);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** The protocol number as the IP header carries it (IANA protocol numbers): 6 or 17. */
  public int number() {
    return number;
  }

  /** The name as tools print it: {@code tcp} or {@code udp}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
