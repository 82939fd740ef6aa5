package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs of the real client against the real server on hosts of our own, captured at the client's
 * interface, and what the client counted.
 *
 * @param wire the capture
 * @param loopback the capture of the client's own loopback meanwhile, in its first run
 * @param port the server's, any that was free
 * @param small five stamped messages of 128 bytes on each protocol
 * @param large two of 65507 bytes, unstamped
 * @param largeIpv6 two of 65507 bytes over IPv6
 * @param stream TCP, 64 to 400 bytes: messages begin in the middle of segments, some have no header
 * @param behindNat the router rewrites the client's address
 * @param dropped seven unstamped messages, of which the router drops UDP's {@link #DROPPED}
 * @param refused to a UDP port that nobody listens on
 */
record ProbeTraffic(
    Path wire,
    Path loopback,
    int port,
    JsonNode small,
    JsonNode large,
    JsonNode largeIpv6,
    JsonNode stream,
    JsonNode behindNat,
    JsonNode dropped,
    JsonNode refused) {
  static final int LARGEST_DATAGRAM = 65507;

  /** After 1 and 4 others are answered, after 6 none. */
  static final List<Integer> DROPPED = List.of(1, 4, 6);

  private static final String DROP_RULE =
      "udp dport %d @th,%d,32 { "
          + String.join(", ", DROPPED.stream().map(String::valueOf).toList())
          + " } drop";

  /** Where in a UDP datagram the low half of a probe's sequence number stands, in bits. */
  private static final int SEQUENCE_BIT = (8 + 28) * 8;

  private static final String MIXED =
      "--protocol tcp --connections 1 --rate 400 --size 64..400 --duration 300ms --warmup 0s";

  /** Makes {@code wire.pcap} and {@code loopback.pcap} in a folder. */
  static ProbeTraffic capture(Path folder) throws Exception {
    Path wire = folder.resolve("wire.pcap");
    Path loopback = folder.resolve("loopback.pcap");
    try (Routed net = new Routed();
        ServerProcess server =
            ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
        ProbeCapture capture =
            ProbeCapture.start(net.at(Host.CLIENT), "toRouterc", "ip or ip6", wire);
        ProbeCapture rehearsal = ProbeCapture.start(net.at(Host.CLIENT), "lo", "ip", loopback)) {
      List<String> client = net.at(Host.CLIENT);
      int port = server.port();
      String ipv4 = Routed.SERVER + ":" + port;
      String ipv6 = "[" + Routed.SERVER_IPV6 + "]:" + port;
      String largest = String.valueOf(LARGEST_DATAGRAM);
      JsonNode small = send(client, ipv4);
      rehearsal.finish("127.0.0.1");
      JsonNode large = send(client, ipv4, "--count", "2", "--size", largest, "--stamp", "off");
      JsonNode largeIpv6 = send(client, ipv6, "--count", "2", "--size", largest);
      JsonNode stream = LoadProcess.start(client, ipv4, List.of(MIXED.split(" "))).result();
      net.firewall(Host.ROUTER, "postrouting", "oifname tos masquerade");
      JsonNode behindNat = send(client, ipv4);
      net.on(Host.ROUTER, "nft flush ruleset");
      net.firewall(Host.ROUTER, "forward", DROP_RULE.formatted(port, SEQUENCE_BIT));
      JsonNode dropped = send(client, ipv4, "--count", "7", "--stamp", "off", "--timeout", "500ms");
      net.on(Host.ROUTER, "nft flush ruleset");
      JsonNode refused = send(client, Routed.SERVER + ":7", "--protocol", "udp");
      capture.finish(Routed.SERVER);
      return new ProbeTraffic(
          wire,
          loopback,
          port,
          small,
          large,
          largeIpv6,
          stream.get("rows"),
          behindNat,
          dropped,
          refused);
    }
  }

  /** A run of {@code send} and its rows, one for each protocol. */
  static JsonNode send(List<String> prefix, String target, String... options) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(ServerProcess.java(ServerProcess.CLIENT_JAR));
    command.addAll(List.of("send", target, "--format", "json"));
    command.addAll(List.of(options));
    Shell run = Shell.run(command);
    assertThat(run.out()).as("%s: %s", command, run.err()).startsWith("{");
    return new ObjectMapper().readTree(run.out()).get("rows");
  }
}
