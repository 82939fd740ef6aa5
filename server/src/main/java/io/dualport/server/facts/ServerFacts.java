package io.dualport.server.facts;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/**
 * What does not change from the moment the port is bound to the end: every view of the server, the
 * admin side and the last report tell it from here.
 *
 * @param instance names this start of the server among all others, 16 hexadecimal digits
 * @param version of the program
 * @param started when the port was bound
 * @param port the number both protocols share
 * @param addresses it listens on
 * @param reach who can reach the port, in words
 * @param inherited descriptors that it was started with; none where it bound the port itself
 * @param inheritedFrom these in words, and of whom they are; "" without any
 * @param transport its name
 * @param transportReason why it is this one, in words
 * @param shards datagram sockets for each address
 * @param segmentation whether replies may leave as segmented datagrams, in words
 * @param backlog connections that a listener's accept queue holds
 * @param guard whether likely reflectors are refused
 * @param guardGap what the guard cannot refuse here, "" if nothing
 * @param limits what bounds it
 * @param drain how long a stop waits for open connections
 */
public record ServerFacts(
    String instance,
    String version,
    Instant started,
    int port,
    List<String> addresses,
    String reach,
    List<Integer> inherited,
    String inheritedFrom,
    String transport,
    String transportReason,
    int eventLoops,
    int shards,
    String segmentation,
    int backlog,
    boolean guard,
    String guardGap,
    Limits limits,
    Duration drain) {

  /**
   * What bounds a server.
   *
   * @param maxConnectionsPerSource of one source address; empty = not limited
   * @param maxPendingBytes held for peers that do not read
   * @param udpRate replies a second and source address; empty = not limited
   */
  public record Limits(
      int maxConnections,
      OptionalInt maxConnectionsPerSource,
      long maxPendingBytes,
      int maxFlows,
      long idleTimeoutMillis,
      OptionalInt udpRate) {}

  /** Shows the port's traffic on both protocols in Wireshark. */
  public String displayFilter() {
    return "tcp.port == " + port + " || udp.port == " + port;
  }
}
