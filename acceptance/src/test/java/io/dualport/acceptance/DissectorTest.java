package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * wireshark/dual.lua against captures of the real client and server, made here: what the packets
 * say must be what the client counted.
 */
@Tag("kernel")
class DissectorTest {
  private static final String FINDINGS =
      "(dual.expert.lost || dual.expert.not_echoed || dual.expert.duplicated"
          + " || dual.expert.reordered || dual.expert.rewritten || dual.expert.no_request"
          + " || dual.expert.malformed || dual.expert.cut || dual.expert.untracked)";
  private static final int LARGEST_DATAGRAM = 65507;
  private static final int HEADER_BYTES = 96;

  /** Where in a UDP datagram the low half of a probe's sequence number stands, in bits. */
  private static final int SEQUENCE_BIT = (8 + 28) * 8;

  @TempDir private static Path folder;

  private static Path wire;
  private static Path relayed;
  private static int port;
  private static int relayPort;

  private static JsonNode small;
  private static JsonNode large;
  private static JsonNode largeIpv6;
  private static JsonNode stream;
  private static JsonNode behindNat;
  private static JsonNode dropped;
  private static JsonNode refused;
  private static JsonNode impaired;

  private static Routed net;

  @BeforeAll
  static void capture() throws Exception {
    Dissector.require();
    Tool.require(Tool.TCPDUMP);
    net = new Routed();
    wire = folder.resolve("wire.pcap");
    relayed = folder.resolve("relayed.pcap");
    captureOnTheWire();
    captureBehindTheRelay();
  }

  @AfterAll
  static void removeHosts() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  private static void captureOnTheWire() throws Exception {
    List<String> client = net.at(Host.CLIENT);
    try (ServerProcess server =
            ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
        ProbeCapture capture = ProbeCapture.start(client, "toRouterc", wire)) {
      port = server.port();
      String ipv4 = Routed.SERVER + ":" + port;
      String ipv6 = "[" + Routed.SERVER_IPV6 + "]:" + port;
      String largest = String.valueOf(LARGEST_DATAGRAM);
      small = send(client, ipv4);
      large = send(client, ipv4, "--count", "2", "--size", largest, "--stamp", "off");
      largeIpv6 = send(client, ipv6, "--count", "2", "--size", largest);
      stream = stream(client, ipv4);
      net.firewall(Host.ROUTER, "postrouting", "oifname tos masquerade");
      behindNat = send(client, ipv4);
      net.on(Host.ROUTER, "nft flush ruleset");
      net.firewall(
          Host.ROUTER,
          "forward",
          "udp dport %d @th,%d,32 { 1, 4, 6 } drop".formatted(port, SEQUENCE_BIT));
      dropped = send(client, ipv4, "--count", "7", "--stamp", "off", "--timeout", "500ms");
      net.on(Host.ROUTER, "nft flush ruleset");
      refused = send(client, Routed.SERVER + ":7", "--protocol", "udp");
      capture.finish(Routed.SERVER);
    }
  }

  private static void captureBehindTheRelay() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic());
        ImpairedRelay relay = new ImpairedRelay(server.port());
        ProbeCapture capture = ProbeCapture.start(List.of(), "lo", relayed)) {
      relayPort = relay.port();
      String target = "127.0.0.1:" + relayPort;
      impaired =
          send(List.of(), target, "--protocol", "udp", "--count", "500", "--interval", "1ms");
      capture.finish("127.0.0.1");
    }
  }

  private static JsonNode send(List<String> prefix, String target, String... options)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(ServerProcess.java(ServerProcess.CLIENT_JAR));
    command.addAll(List.of("send", target, "--format", "json"));
    command.addAll(List.of(options));
    Shell run = Shell.run(command);
    assertThat(run.out()).as("%s: %s", command, run.err()).startsWith("{");
    return new ObjectMapper().readTree(run.out()).get("rows");
  }

  private static JsonNode stream(List<String> prefix, String target) throws Exception {
    List<String> options =
        List.of(
            ("--protocol tcp --connections 1 --rate 400 --size 64..400 --duration 300ms"
                    + " --warmup 0s")
                .split(" "));
    return LoadProcess.start(prefix, target, options).result().get("rows");
  }

  @Test
  void shouldPairEveryMessageOfACleanRun() throws Exception {
    for (JsonNode run : List.of(small, large, largeIpv6)) {
      for (JsonNode row : run) {
        String messages = messagesOf(row);
        int sent = row.get("sent").asInt();

        assertThat(sent).isPositive().isEqualTo(row.get("echoed").asInt());
        assertThat(sequences(wire, messages + " && dual.direction == \"request\"")).hasSize(sent);
        assertThat(sequences(wire, messages + " && dual.direction == \"echo\"")).hasSize(sent);
        assertThat(Dissector.values(wire, messages, "dual.rtt"))
            .hasSize(sent)
            .allMatch(rtt -> Double.parseDouble(rtt) > 0);
        assertThat(Dissector.values(wire, messages, "dual.echo_in")).hasSize(sent);
        assertThat(Dissector.values(wire, messages, "dual.request_in")).hasSize(sent);
        assertThat(sequences(wire, messages + " && " + FINDINGS)).isEmpty();
      }
    }
  }

  @Test
  void shouldLinkEachEchoToItsRequest() throws Exception {
    String messages = messagesOf(row(small, "udp"));
    List<String[]> requests =
        Dissector.rows(
            wire,
            messages + " && dual.direction == \"request\"",
            "dual.seq",
            "frame.number",
            "dual.echo_in");
    List<String[]> echoes =
        Dissector.rows(
            wire,
            messages + " && dual.direction == \"echo\"",
            "dual.seq",
            "dual.request_in",
            "frame.number");

    assertThat(requests).isNotEmpty();
    assertThat(echoes).containsExactlyInAnyOrderElementsOf(requests);
  }

  @Test
  void shouldShowTheFiveTupleThatTheServerSaw() throws Exception {
    for (JsonNode run : List.of(small, largeIpv6, behindNat)) {
      for (JsonNode row : run) {
        String messages = messagesOf(row);
        assertThat(Dissector.values(wire, messages, "dual.stamp.src"))
            .hasSize(row.get("echoed").asInt())
            .containsOnly(row.get("stampedSource").asText());
        assertThat(Dissector.values(wire, messages, "dual.stamp.dst"))
            .containsOnly(row.get("stampedDestination").asText());
        assertThat(Dissector.values(wire, messages, "dual.stamp.instance"))
            .containsOnly("0x" + row.get("serverInstance").asText());
        assertThat(Dissector.values(wire, messages, "dual.stamp.protocol"))
            .containsOnly(row.get("protocol").asText().equals("tcp") ? "6" : "17");
      }
    }
    assertThat(Dissector.values(wire, messagesOf(row(largeIpv6, "udp")), "dual.stamp.src_ipv6"))
        .containsOnly("fd78:1::2");
    assertThat(Dissector.values(wire, messagesOf(row(small, "udp")), "dual.stamp.src_ipv4"))
        .containsOnly(Routed.CLIENT);
    assertThat(Dissector.values(wire, messagesOf(row(large, "udp")), "dual.stamp")).isEmpty();
  }

  @Test
  void shouldPutTogetherFragmentsAndSegments() throws Exception {
    for (JsonNode run : List.of(large, largeIpv6)) {
      String fragments = run == large ? "ip.fragments" : "ipv6.fragments";
      String whole = messagesOf(row(run, "udp")) + " && " + fragments;
      assertThat(Dissector.values(wire, whole, "dual.length"))
          .containsExactly("65507", "65507", "65507", "65507");
      String segmented = messagesOf(row(run, "tcp")) + " && tcp.segments";
      assertThat(Dissector.values(wire, segmented, "dual.length")).contains("65507");
      assertThat(Dissector.values(wire, segmented, "dual.payload"))
          .allMatch(hex -> hex.length() == 2 * (LARGEST_DATAGRAM - HEADER_BYTES));
    }
  }

  /** Sizes from 64 bytes on: messages begin in the middle of segments, and some have no header. */
  @Test
  void shouldAccountForEveryByteOfAMixedStream() throws Exception {
    JsonNode row = row(stream, "tcp");
    int streamOf =
        Integer.parseInt(
            Dissector.values(wire, messagesOf(row), "tcp.stream").stream().findFirst().get());
    String requests = "tcp.stream == %d && tcp.dstport == %d".formatted(streamOf, port);
    long withHeader = sum(Dissector.values(wire, requests, "dual.length"));
    long headerless =
        Dissector.values(wire, requests, "dual.headerless").stream()
            .mapToLong(hex -> hex.length() / 2)
            .sum();

    assertThat(headerless).isPositive();
    assertThat(withHeader + headerless).isEqualTo(row.get("bytesOut").asLong());
    assertThat(
            Dissector.values(wire, messagesOf(row) + " && dual.direction == \"echo\"", "dual.seq"))
        .containsExactlyElementsOf(
            Dissector.values(
                wire, messagesOf(row) + " && dual.direction == \"request\"", "dual.seq"));
    assertThat(sequences(wire, messagesOf(row) + " && " + FINDINGS)).isEmpty();
  }

  @Test
  void shouldSayWhereAnAddressWasRewritten() throws Exception {
    for (JsonNode row : behindNat) {
      assertThat(row.get("path").asText()).isEqualTo("rewritten");
      String rewritten = messagesOf(row) + " && dual.expert.rewritten";
      assertThat(sequences(wire, rewritten)).hasSize(row.get("echoed").asInt());
      assertThat(Dissector.values(wire, rewritten, "dual.stamp.src_ipv4"))
          .containsOnly(Routed.ROUTER_TO_SERVER);
    }
  }

  @Test
  void shouldTellLostFromNotEchoed() throws Exception {
    String messages = messagesOf(row(dropped, "udp"));

    assertThat(row(dropped, "udp").get("lost").asInt()).isEqualTo(3);
    assertThat(sequences(wire, messages + " && dual.expert.lost")).containsExactly("1", "4");
    assertThat(sequences(wire, messages + " && dual.expert.not_echoed")).containsExactly("6");
    assertThat(sequences(wire, messagesOf(row(dropped, "tcp")) + " && " + FINDINGS)).isEmpty();
  }

  @Test
  void shouldNotCountWhatAnIcmpErrorQuotes() throws Exception {
    JsonNode row = row(refused, "udp");
    String run = "dual.run == 0x" + row.get("runId").asText();

    assertThat(Dissector.rows(wire, run + " && icmp.type == 3", "frame.number")).isNotEmpty();
    assertThat(sequences(wire, run + " && !icmp && dual.expert.not_echoed"))
        .hasSize(row.get("sent").asInt());
    assertThat(sequences(wire, run + " && dual.expert.duplicated")).isEmpty();
  }

  @Test
  void shouldCountWhatTheRelayDuplicatedAndReordered() throws Exception {
    JsonNode row = row(impaired, "udp");
    String echoes = messagesOf(row) + " && dual.direction == \"echo\"";

    assertThat(row.get("duplicated").asInt()).isPositive();
    assertThat(row.get("reordered").asInt()).isPositive();
    assertThat(sequences(relayed, echoes + " && dual.expert.duplicated"))
        .hasSize(row.get("duplicated").asInt());
    assertThat(sequences(relayed, echoes + " && dual.expert.reordered"))
        .hasSize(row.get("reordered").asInt());
    assertThat(sequences(relayed, echoes + " && !dual.expert.rewritten")).isEmpty();
    assertThat(sequences(relayed, messagesOf(row) + " && udp.dstport == " + relayPort))
        .hasSize(row.get("sent").asInt())
        .containsExactlyElementsOf(
            sequences(relayed, messagesOf(row) + " && dual.direction == \"request\""));
  }

  /** Without its first request, and without a stamp, the first echo looks like a request. */
  @Test
  void shouldTellEchoesFromRequestsWhereTheCaptureBeganTooLate() throws Exception {
    String messages = messagesOf(row(dropped, "udp"));
    String first = Dissector.values(wire, messages, "frame.number").get(0);
    Path late = folder.resolve("late.pcap");
    Shell.succeed("editcap %s %s 1-%s".formatted(wire, late, first));

    assertThat(sequences(late, messages + " && dual.expert.no_request")).containsExactly("0");
    assertThat(Dissector.rows(late, messages + " && udp.srcport == " + port, "dual.direction"))
        .isNotEmpty()
        .allMatch(direction -> direction[0].equals("echo"));
    assertThat(Dissector.rows(late, messages + " && udp.dstport == " + port, "dual.direction"))
        .isNotEmpty()
        .allMatch(direction -> direction[0].equals("request"));
  }

  @Test
  void shouldNotPairMoreThanThePreferenceAllows() throws Exception {
    String line =
        "tshark -X lua_script:%s -o dual.max_messages:7 -r %s -Y '!dual.expert.untracked && %s'"
            + " -T fields -e dual.seq";
    String shown =
        Dissector.checked(
            Shell.run(line.formatted(Dissector.SCRIPT, wire, messagesOf(row(small, "udp")))), line);

    assertThat(shown.lines().count()).isBetween(1L, 7L);
  }

  @Test
  void shouldNotFailOnDamagedPackets() throws Exception {
    Path damaged = folder.resolve("damaged.pcap");
    int packets = DamagedCapture.write(wire, damaged, 20);

    assertThat(packets).isGreaterThan(5000);
    for (String passes : List.of("", "-2")) {
      String line = "tshark %s -X lua_script:%s -r %s -V -Y dual";
      String out =
          Dissector.checked(
              Shell.run(line.formatted(passes, Dissector.SCRIPT, damaged)), "damaged");
      assertThat(out)
          .contains("Malformed: length", "Cut short by the capture", "Echo", "Request")
          .doesNotContain("Dissector bug");
    }
  }

  /** With a home of its own, so that installing does not touch the user's. */
  @Test
  void shouldRunTheCommandsOfTheReadme() throws Exception {
    List<String> blocks = Dissector.commandBlocks();
    assertThat(blocks).hasSizeGreaterThanOrEqualTo(3);
    Path home = Files.createDirectory(folder.resolve("home"));
    for (String block : blocks) {
      for (String command : block.split("\n")) {
        String line =
            "cd %s && export HOME=%s && %s"
                .formatted(ServerProcess.HOME, home, command.replace("capture.pcapng", "" + wire));
        String out = Dissector.checked(Shell.run(line), command);
        assertThat(out.isBlank()).as(command).isEqualTo(!command.startsWith("tshark"));
      }
    }
  }

  private static JsonNode row(JsonNode run, String protocol) {
    for (JsonNode row : run) {
      if (row.get("protocol").asText().equals(protocol)) {
        return row;
      }
    }
    throw new IllegalArgumentException("no row for " + protocol + " in " + run);
  }

  /** The display filter for the messages of a run on one protocol. */
  private static String messagesOf(JsonNode row) {
    return row.get("protocol").asText() + " && dual.run == 0x" + row.get("runId").asText();
  }

  private static List<String> sequences(Path capture, String filter) throws Exception {
    return Dissector.values(capture, filter, "dual.seq");
  }

  private static long sum(List<String> numbers) {
    return numbers.stream().mapToLong(Long::parseLong).sum();
  }
}
