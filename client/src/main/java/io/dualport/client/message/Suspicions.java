package io.dualport.client.message;

import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * What stands behind the same evidence in every command, in the same words: clauses without a full
 * stop, to stand behind "Look for:".
 */
public final class Suspicions {
  /** The first one about what answers no more after it has answered. */
  public static final String RATE_LIMIT =
      "a rate limit of the server or on the way (xinetd's cps, a firewall's limit), so ask again a"
          + " minute later";

  /** The second one. */
  public static final String ENDED = "a server that has ended meanwhile";

  /** Both, in that order. */
  public static final String STOPPED = RATE_LIMIT + "; " + ENDED;

  /**
   * Bytes of a message that every path passes in one packet: RFC 8200 asks 1280 of each link, less
   * the headers of IPv6 and of TCP with timestamps.
   */
  private static final int ALWAYS_PASSES = 1280 - 40 - 32;

  private Suspicions() {}

  /** Whether a message can be too large for a link on the way, where smaller ones pass. */
  public static boolean canBeTooLarge(int bytes) {
    return bytes > ALWAYS_PASSES;
  }

  /** Full packets vanish, and nobody tells the sender. */
  public static String blackHole(InetAddress remote) {
    return Words.format(
        "a smaller MTU on the way whose %s a firewall drops (path MTU black hole): let ICMP pass",
        remote instanceof Inet6Address
            ? "ICMPv6 \"Packet Too Big\""
            : "ICMP \"fragmentation needed\"");
  }

  /** A datagram that nobody answers, not even with a no. */
  public static String dropped(Protocol protocol, int port) {
    return "a firewall, security group, load balancer or NAT that drops " + protocol + " " + port;
  }

  /** Of replies that a connected socket does not hear (udp(7)), and check's does. */
  public static String elsewhere(String target) {
    return "a server that answers from another address than was dialled, which a connected socket"
        + " does not hear: dual-client check "
        + target
        + " does";
  }
}
