package io.dualport.acceptance;

import static io.dualport.acceptance.ProbeTraffic.LARGEST_DATAGRAM;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
  private static final String REQUEST = " && dual.direction == \"request\"";
  private static final String ECHO = " && dual.direction == \"echo\"";
  private static final int HEADER_BYTES = 96;

  @TempDir private static Path folder;
  private static ProbeTraffic traffic;
  private static Path wire;

  @BeforeAll
  static void capture() throws Exception {
    Dissector.require();
    Tool.require(Tool.TCPDUMP);
    traffic = ProbeTraffic.capture(folder);
    wire = traffic.wire();
  }

  @Test
  void shouldPairEveryMessageOfACleanRun() throws Exception {
    for (JsonNode run : List.of(traffic.small(), traffic.large(), traffic.largeIpv6())) {
      for (JsonNode row : run) {
        int sent = row.get("sent").asInt();
        Map<String, List<String>> seen =
            Dissector.columns(
                wire,
                messagesOf(row),
                "dual.direction",
                "dual.rtt",
                "dual.echo_in",
                "dual.request_in");

        assertThat(sent).isPositive().isEqualTo(row.get("echoed").asInt());
        assertThat(seen.get("dual.direction")).hasSize(2 * sent);
        assertThat(Collections.frequency(seen.get("dual.direction"), "echo")).isEqualTo(sent);
        assertThat(seen.get("dual.rtt")).hasSize(sent).allMatch(rtt -> Double.parseDouble(rtt) > 0);
        assertThat(seen.get("dual.echo_in")).hasSize(sent);
        assertThat(seen.get("dual.request_in")).hasSize(sent);
      }
    }
  }

  /** What tells a five-tuple from its twin's stands where one looks first. */
  @Test
  void shouldNameProtocolAndPortsInTheInfoColumn() throws Exception {
    for (JsonNode run : List.of(traffic.small(), traffic.large(), traffic.largeIpv6())) {
      for (JsonNode row : run) {
        String protocol = row.get("protocol").asText();
        List<String[]> shown =
            Dissector.rows(
                wire,
                messagesOf(row),
                protocol + ".srcport",
                protocol + ".dstport",
                "dual.direction",
                "_ws.col.Info");

        assertThat(shown).isNotEmpty();
        for (String[] packet : shown) {
          // Wireshark's own remarks on a segment stand before what a dissector writes.
          assertThat(packet[3].replaceFirst("^(\\[TCP [^]]*\\] ?)+", ""))
              .startsWith(
                  "%s %s → %s %s "
                      .formatted(
                          protocol.toUpperCase(Locale.ROOT),
                          packet[0],
                          packet[1],
                          packet[2].startsWith("request") ? "Request" : "Echo"));
        }
      }
    }
  }

  @Test
  void shouldFindNothingInCleanRuns() throws Exception {
    String clean =
        Stream.of(traffic.small(), traffic.large(), traffic.largeIpv6(), traffic.stream())
            .map(run -> "dual.run == 0x" + run.get(0).get("runId").asText())
            .collect(Collectors.joining(" || ", "(", ")"));

    assertThat(sequences(wire, clean)).isNotEmpty();
    assertThat(sequences(wire, clean + " && " + FINDINGS)).isEmpty();
  }

  @Test
  void shouldLinkEachEchoToItsRequest() throws Exception {
    String messages = messagesOf(row(traffic.small(), "udp"));
    List<String[]> requests =
        Dissector.rows(wire, messages + REQUEST, "dual.seq", "frame.number", "dual.echo_in");
    List<String[]> echoes =
        Dissector.rows(wire, messages + ECHO, "dual.seq", "dual.request_in", "frame.number");

    assertThat(requests).isNotEmpty();
    assertThat(echoes).containsExactlyInAnyOrderElementsOf(requests);
  }

  @Test
  void shouldShowTheFiveTupleThatTheServerSaw() throws Exception {
    for (JsonNode run : List.of(traffic.small(), traffic.largeIpv6(), traffic.behindNat())) {
      for (JsonNode row : run) {
        Map<String, List<String>> seen =
            Dissector.columns(
                wire,
                messagesOf(row),
                "dual.stamp.src",
                "dual.stamp.dst",
                "dual.stamp.instance",
                "dual.stamp.protocol");

        assertThat(seen.get("dual.stamp.src"))
            .hasSize(row.get("echoed").asInt())
            .containsOnly(row.get("stampedSource").asText());
        assertThat(seen.get("dual.stamp.dst")).containsOnly(row.get("stampedDestination").asText());
        assertThat(seen.get("dual.stamp.instance"))
            .containsOnly("0x" + row.get("serverInstance").asText());
        assertThat(seen.get("dual.stamp.protocol"))
            .containsOnly(row.get("protocol").asText().equals("tcp") ? "6" : "17");
      }
    }
  }

  @Test
  void shouldShowMappedAddressesAsIpv4() throws Exception {
    String ipv4 = messagesOf(row(traffic.small(), "udp"));
    String ipv6 = messagesOf(row(traffic.largeIpv6(), "udp"));

    assertThat(Dissector.values(wire, ipv4, "dual.stamp.src_ipv4")).containsOnly(Routed.CLIENT);
    assertThat(Dissector.values(wire, ipv4, "dual.stamp.src_ipv6")).isEmpty();
    assertThat(Dissector.values(wire, ipv6, "dual.stamp.src_ipv6")).containsOnly("fd78:1::2");
    assertThat(Dissector.values(wire, messagesOf(row(traffic.large(), "udp")), "dual.stamp"))
        .isEmpty();
  }

  @Test
  void shouldPutTogetherFragmentsAndSegments() throws Exception {
    String whole = String.valueOf(LARGEST_DATAGRAM);
    for (JsonNode run : List.of(traffic.large(), traffic.largeIpv6())) {
      String fragments = run == traffic.large() ? "ip.fragments" : "ipv6.fragments";
      assertThat(
              Dissector.values(
                  wire, messagesOf(row(run, "udp")) + " && " + fragments, "dual.length"))
          .containsExactly(whole, whole, whole, whole);
      Map<String, List<String>> segmented =
          Dissector.columns(
              wire,
              messagesOf(row(run, "tcp")) + " && tcp.segments",
              "dual.length",
              "dual.payload");
      assertThat(segmented.get("dual.length")).contains(whole);
      assertThat(segmented.get("dual.payload"))
          .allMatch(hex -> hex.length() == 2 * (LARGEST_DATAGRAM - HEADER_BYTES));
    }
  }

  @Test
  void shouldAccountForEveryByteOfAMixedStream() throws Exception {
    JsonNode row = row(traffic.stream(), "tcp");
    String stream = "tcp.stream == " + Dissector.values(wire, messagesOf(row), "tcp.stream").get(0);
    Map<String, List<String>> requests =
        Dissector.columns(
            wire,
            stream + " && tcp.dstport == " + traffic.port(),
            "dual.seq",
            "dual.length",
            "dual.headerless");
    Map<String, List<String>> echoes =
        Dissector.columns(
            wire, stream + " && tcp.srcport == " + traffic.port(), "dual.seq", "dual.request_in");
    long withHeader = requests.get("dual.length").stream().mapToLong(Long::parseLong).sum();
    long headerless =
        requests.get("dual.headerless").stream().mapToLong(hex -> hex.length() / 2).sum();

    assertThat(headerless).isPositive();
    assertThat(withHeader + headerless).isEqualTo(row.get("bytesOut").asLong());
    assertThat(echoes.get("dual.seq")).isNotEmpty().isEqualTo(requests.get("dual.seq"));
    assertThat(echoes.get("dual.request_in")).hasSameSizeAs(echoes.get("dual.seq"));
  }

  @Test
  void shouldSayWhereAnAddressWasRewritten() throws Exception {
    for (JsonNode row : traffic.behindNat()) {
      assertThat(row.get("path").asText()).isEqualTo("rewritten");
      assertThat(
              Dissector.values(
                  wire, messagesOf(row) + " && dual.expert.rewritten", "dual.stamp.src_ipv4"))
          .hasSize(row.get("echoed").asInt())
          .containsOnly(Routed.ROUTER_TO_SERVER);
    }
  }

  @Test
  void shouldTellLostFromNotEchoed() throws Exception {
    String messages = messagesOf(row(traffic.dropped(), "udp"));
    String onTcp = messagesOf(row(traffic.dropped(), "tcp"));

    assertThat(row(traffic.dropped(), "udp").get("lost").asInt())
        .isEqualTo(ProbeTraffic.DROPPED.size());
    assertThat(sequences(wire, messages + " && dual.expert.lost")).containsExactly("1", "4");
    assertThat(sequences(wire, messages + " && dual.expert.not_echoed")).containsExactly("6");
    assertThat(sequences(wire, onTcp + " && " + FINDINGS)).isEmpty();
  }

  @Test
  void shouldNotCountWhatAnIcmpErrorQuotes() throws Exception {
    JsonNode row = row(traffic.refused(), "udp");
    String run = "dual.run == 0x" + row.get("runId").asText();

    assertThat(sequences(wire, run + " && icmp.type == 3")).isNotEmpty();
    assertThat(sequences(wire, run + " && !icmp && dual.expert.not_echoed"))
        .hasSize(row.get("sent").asInt());
    assertThat(sequences(wire, run + " && dual.expert.duplicated")).isEmpty();
  }

  /**
   * The client's rehearsal, on sockets that are connected to themselves; a busy machine does less.
   */
  @Test
  void shouldExpectNoEchoOfWhatASocketSendsToItself() throws Exception {
    Path loopback = traffic.loopback();

    for (String protocol : List.of("udp", "tcp")) {
      assertThat(sequences(loopback, protocol + " && dual")).isNotEmpty();
    }
    assertThat(sequences(loopback, FINDINGS + " || dual.direction")).isEmpty();
  }

  /** TCP delivers nothing twice, so what comes again there is no message that was doubled. */
  @Test
  void shouldTellASegmentSentAgainFromADoubledDatagramAndCountEachKindInOneLine() throws Exception {
    Path twice = folder.resolve("twice.pcap");
    Tunnel.rewrite(wire, twice, frame -> new byte[][] {frame, frame});
    String read =
        "tshark -2 -o tcp.analyze_sequence_numbers:FALSE -X lua_script:%s -r %s "
            .formatted(Dissector.SCRIPT, twice);
    assertThat(Shell.run(read + "-Y 'dual.expert.duplicated && tcp'").out()).isEmpty();
    assertThat(Shell.run(read + "-Y 'dual.expert.retransmitted && tcp'").out()).isNotEmpty();
    assertThat(
            Shell.run(read + "-q -z expert")
                .out()
                .lines()
                .filter(line -> line.contains(" DUAL "))
                .map(line -> line.replaceFirst(".* DUAL +", "")))
        .contains("The same message again", "The same message again in a TCP segment")
        .doesNotHaveDuplicates()
        .noneMatch(text -> text.matches(".*[0-9].*"));
  }

  @Test
  void shouldCountWhatARelayDuplicatedAndReordered() throws Exception {
    Path relayed = folder.resolve("relayed.pcap");
    JsonNode row;
    try (ServerProcess server = ServerProcess.start(Transport.automatic());
        ImpairedRelay relay = new ImpairedRelay(server.port());
        ProbeCapture capture =
            ProbeCapture.start(
                List.of(),
                "lo",
                "udp port %d or udp port %d".formatted(relay.port(), ProbeCapture.DISCARD),
                relayed)) {
      row =
          ProbeTraffic.send(
                  List.of(),
                  "127.0.0.1:" + relay.port(),
                  "--protocol",
                  "udp",
                  "--count",
                  "500",
                  "--interval",
                  "1ms")
              .get(0);
      capture.finish("127.0.0.1");
    }

    String messages = messagesOf(row);
    assertThat(row.get("duplicated").asInt()).isPositive();
    assertThat(row.get("reordered").asInt()).isPositive();
    assertThat(sequences(relayed, messages + ECHO + " && dual.expert.duplicated"))
        .hasSize(row.get("duplicated").asInt());
    assertThat(sequences(relayed, messages + ECHO + " && dual.expert.reordered"))
        .hasSize(row.get("reordered").asInt());
    assertThat(sequences(relayed, messages + ECHO + " && !dual.expert.rewritten")).isEmpty();
    assertThat(sequences(relayed, messages + REQUEST)).hasSize(row.get("sent").asInt());
  }

  /** Without its first request, and without a stamp, the first echo looks like a request. */
  @Test
  void shouldTellEchoesFromRequestsWhereTheCaptureBeganTooLate() throws Exception {
    String messages = messagesOf(row(traffic.dropped(), "udp"));
    String first = Dissector.values(wire, messages, "frame.number").get(0);
    Path late = folder.resolve("late.pcap");
    Shell.succeed("editcap %s %s 1-%s".formatted(wire, late, first));

    assertThat(sequences(late, messages + " && dual.expert.no_request")).containsExactly("0");
    assertThat(
            Dissector.values(
                late, messages + " && udp.srcport == " + traffic.port(), "dual.direction"))
        .containsOnly("echo");
    assertThat(
            Dissector.values(
                late, messages + " && udp.dstport == " + traffic.port(), "dual.direction"))
        .containsOnly("request");
  }

  @Test
  void shouldNotPairMoreThanThePreferenceAllows() throws Exception {
    String line =
        "tshark -X lua_script:%s -o dual.max_messages:7 -r %s -Y 'dual.seq%s dual.expert.untracked'"
            + " -T fields -e dual.seq";
    for (String sense : List.of(" &&", " && !")) {
      String command = line.formatted(Dissector.SCRIPT, wire, sense);
      String shown = Dissector.checked(Shell.run(command), command);
      assertThat(shown.lines().count()).as(command).isPositive();
      assertThat(shown.lines().count() <= 7).as(command).isEqualTo(sense.contains("!"));
    }
  }

  /** Of a segment with several messages, all but the first are cut off. */
  @Test
  void shouldNotCallLostWhatTheCaptureCutOff() throws Exception {
    Path cut = folder.resolve("cut.pcap");
    Shell.succeed("editcap -s 180 %s %s".formatted(wire, cut));
    String stream = messagesOf(row(traffic.stream(), "tcp"));

    assertThat(sequences(cut, stream)).isNotEmpty();
    assertThat(sequences(cut, stream + REQUEST + " && !dual.echo_in && dual.expert.cut"))
        .isNotEmpty();
    assertThat(sequences(cut, stream + " && (dual.expert.lost || dual.expert.not_echoed)"))
        .isEmpty();
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
}
