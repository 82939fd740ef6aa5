package io.dualport.client.check;

import io.dualport.kernel.NetCounters;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * How many ICMP "destination unreachable" this host had received and sent at one moment. An errno
 * does not tell whether RST came or ICMP, nor whether the ICMP message came from this host itself.
 *
 * @param isKnown false where the system has no such counters
 */
record Unreachables(boolean isKnown, long received, long sent) {

  /** The counts now, of the IP version of an address. */
  static Unreachables now(InetAddress address) {
    String icmp = address instanceof Inet4Address ? "Icmp." : "Icmp6.";
    Optional<NetCounters> counters = NetCounters.read();
    return counters
        .map(
            c ->
                new Unreachables(
                    c.value(icmp + "InDestUnreachs").isPresent(),
                    c.value(icmp + "InDestUnreachs").orElse(0),
                    c.value(icmp + "OutDestUnreachs").orElse(0)))
        .orElse(new Unreachables(false, 0, 0));
  }

  /** Whether whatever came was this host's own: nobody else said anything. */
  boolean areOwn() {
    return isKnown && sent > 0 && sent >= received;
  }

  /** What was counted since an earlier moment. */
  Unreachables since(Unreachables earlier) {
    return new Unreachables(
        isKnown && earlier.isKnown, received - earlier.received, sent - earlier.sent);
  }
}
