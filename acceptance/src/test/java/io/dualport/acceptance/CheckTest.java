package io.dualport.acceptance;

import static io.dualport.acceptance.Checking.assertVerdict;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every verdict of {@code dual-client check}, provoked by its real cause on hosts of our own: a
 * wrong one would be worse than none.
 */
@Tag("kernel")
class CheckTest {
  private static final int PORT = 8888;
  private static final int ETHERNET_IPV4_PAYLOAD = 1472;

  @AutoClose private static Routed net;

  @BeforeAll
  static void connectHosts() throws Exception {
    net = new Routed();
  }

  @AfterEach
  void resetHosts() throws Exception {
    net.reset();
  }

  @ParameterizedTest
  @CsvSource({Routed.SERVER + "," + Routed.CLIENT, "[fd78:2::2],[fd78:1::2]"})
  void shouldCallAServerOpenAndShowBothEnds(String server, String client) throws Exception {
    try (ServerProcess running = dualServer()) {
      Map<String, JsonNode> found = check(server + ":" + running.port(), 0);

      assertThat(found.keySet()).containsExactly("tcp", "udp");
      for (JsonNode row : found.values()) {
        assertVerdict(row, "open", null);
        assertThat(row.get("evidence").asText())
            .startsWith("128 bytes came back whole in ")
            .contains("and 65507 in ");
        assertThat(row.get("largestBytes").asInt()).isEqualTo(65507);
        assertThat(row.get("pathMtuBytes").asInt()).isEqualTo(1500);
        assertThat(row.get("path").asText()).isEqualTo("same");
        assertThat(row.get("source").asText()).startsWith(client + ":");
        assertThat(row.get("stampedSource")).isEqualTo(row.get("source"));
        assertThat(row.get("stampedDestination").asText()).isEqualTo(server + ":" + running.port());
        assertThat(row.get("answeredBy").asText()).startsWith("dualport, instance ");
      }
      assertThat(found.get("tcp").get("halfClose").asText()).isEqualTo("kept");
      assertThat(found.get("tcp").get("source")).isEqualTo(found.get("udp").get("source"));
      assertThat(found.get("tcp").get("connectNanos").asLong()).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource({Routed.SERVER, "[fd78:2::2]"})
  void shouldCallAClosedPortRefused(String server) throws Exception {
    Map<String, JsonNode> found = check(server + ":" + PORT, 1);

    assertVerdict(found.get("tcp"), "refused", "ECONNREFUSED");
    assertThat(found.get("tcp").get("evidence").asText()).endsWith(" with RST");
    assertVerdict(found.get("udp"), "refused", "ECONNREFUSED");
    assertThat(found.get("udp").get("evidence").asText())
        .endsWith(
            server.startsWith("[")
                ? " with ICMPv6 port unreachable"
                : " with ICMP port unreachable");
  }

  @Test
  void shouldJudgeEachProtocolOnItsOwn() throws Exception {
    net.serve(Host.SERVER, "tcp", PORT, "ncat -l -k " + PORT + " --exec /bin/cat");

    Map<String, JsonNode> found = check(Routed.SERVER + ":" + PORT, 1);

    assertVerdict(found.get("tcp"), "open", null);
    assertVerdict(found.get("udp"), "refused", "ECONNREFUSED");
    assertThat(check(Routed.SERVER + ":" + PORT, 0, "--protocol", "tcp").keySet())
        .containsExactly("tcp");
  }

  @Test
  void shouldCallADroppingFirewallSilent() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(Host.ROUTER, "forward", "meta l4proto { tcp, udp } th dport != 1 drop");

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 1);

      assertVerdict(found.get("tcp"), "silent", null);
      assertThat(found.get("tcp").get("evidence").asText())
          .startsWith("the SYN and its retransmissions got no answer in ");
      assertVerdict(found.get("udp"), "silent", null);
      assertThat(found.get("udp").get("evidence").asText())
          .startsWith("4 datagrams of 128 bytes sent in ")
          .endsWith("nothing came back, from whatever address, and no ICMP");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
icmp type port-unreachable   | ECONNREFUSED | ICMP port unreachable
icmp type admin-prohibited   | EHOSTUNREACH | ICMP host unreachable, administratively prohibited or TTL exceeded
icmp type host-unreachable   | EHOSTUNREACH | ICMP host unreachable, administratively prohibited or TTL exceeded
icmp type net-prohibited     | ENETUNREACH  | ICMP network unreachable or prohibited
""")
  void shouldTellWhatARejectingFirewallSaysAndNameItsIcmp(
      String reject, String errno, String evidence) throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "ip daddr " + Routed.SERVER + " th dport " + running.port() + " reject with " + reject);

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 1);

      for (JsonNode row : found.values()) {
        boolean host = Set.of("ECONNREFUSED", "ENOPROTOOPT").contains(errno);
        assertVerdict(row, host ? "refused" : "unreachable", errno);
        assertThat(row.get("evidence").asText()).endsWith("with " + evidence);
      }
    }
  }

  @EachTransport
  void shouldTellARejectFromAConnectionOnEveryTransport(Transport transport) throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "ip daddr " + Routed.SERVER + " reject with icmp type admin-prohibited");

      Map<String, JsonNode> found =
          check(Routed.SERVER + ":" + running.port(), 1, "--transport", transport.label());

      for (JsonNode row : found.values()) {
        assertVerdict(row, "unreachable", "EHOSTUNREACH");
      }
    }
  }

  @Test
  void shouldTellThatOnlyLargeDatagramsAreRejected() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(Host.ROUTER, "forward", "meta l4proto udp ip length > 1000 reject");

      JsonNode udp = check(Routed.SERVER + ":" + running.port(), 1, "--protocol", "udp").get("udp");

      assertVerdict(udp, "large-lost", "ECONNREFUSED");
      assertThat(udp.get("evidence").asText()).contains("small ones come back");
      assertThat(udp.get("largestBytes").asInt()).isEqualTo(1000 - 28);
    }
  }

  @Test
  void shouldTellThatNobodyOnTheLocalNetworkHasTheAddress() throws Exception {
    Map<String, JsonNode> found = check("10.78.1.77:7", 1);

    for (JsonNode row : found.values()) {
      assertVerdict(row, "silent", null);
      assertThat(row.get("evidence").asText())
          .isEqualTo(
              "no host on the local network answers ARP for 10.78.1.77, so no packet could be sent"
                  + " to it");
    }
  }

  @Test
  void shouldTellItsOwnFirewallFromTheNetworks() throws Exception {
    net.firewall(Host.CLIENT, "output", "ip daddr " + Routed.SERVER + " reject");

    for (JsonNode row : check(Routed.SERVER + ":7", 1).values()) {
      assertThat(row.get("verdict").asText()).as(row.toPrettyString()).isEqualTo("not-sent");
    }
  }

  @Test
  void shouldTellARejectOverIpv6() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "meta l4proto { tcp, udp } th dport "
              + running.port()
              + " reject with icmpv6 type admin-prohibited");

      Map<String, JsonNode> found = check("[fd78:2::2]:" + running.port(), 1);

      for (JsonNode row : found.values()) {
        assertVerdict(row, "unreachable", "EACCES");
        assertThat(row.get("evidence").asText()).endsWith("ICMPv6 administratively prohibited");
      }
    }
  }

  @Test
  void shouldTellAFirewallThatSendsRst() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "tcp dport " + running.port() + " tcp flags syn reject with tcp reset");

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 1);

      assertVerdict(found.get("tcp"), "refused", "ECONNREFUSED");
      assertThat(found.get("tcp").get("evidence").asText()).endsWith(" with RST");
      assertVerdict(found.get("udp"), "open", null);
    }
  }

  @Test
  void shouldCallAConnectionThatIsCutReset() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "tcp dport " + running.port() + " ip length > 120 reject with tcp reset");

      JsonNode tcp = check(Routed.SERVER + ":" + running.port(), 1).get("tcp");

      assertVerdict(tcp, "reset", "ECONNRESET");
      assertThat(tcp.get("evidence").asText())
          .startsWith("connected, but 128 bytes were answered with RST after 0 came back");
    }
  }

  @Test
  void shouldHearAServerThatAnswersFromItsOtherAddress() throws Exception {
    net.serve(Host.SERVER, "udp", PORT, "socat UDP4-RECVFROM:" + PORT + ",fork PIPE");

    JsonNode second = check(Routed.SERVER_SECOND + ":" + PORT, 1, "--protocol", "udp").get("udp");
    JsonNode first = check(Routed.SERVER + ":" + PORT, 1, "--protocol", "udp").get("udp");

    assertVerdict(second, "wrong-source", null);
    assertThat(second.get("evidence").asText())
        .startsWith(
            "a datagram of 128 bytes to %s:%d came back from %s:%d after "
                .formatted(Routed.SERVER_SECOND, PORT, Routed.SERVER, PORT));
    assertThat(first.get("verdict").asText()).isNotEqualTo("wrong-source");
  }

  @ParameterizedTest
  @CsvSource({"2048,65507", "8192,65507", "1000,1472"})
  void shouldFindWhereAServerCuts(int buffer, int sent) throws Exception {
    net.serve(
        Host.SERVER,
        "udp",
        PORT,
        "socat -b " + buffer + " UDP4-RECVFROM:" + PORT + ",fork EXEC:cat");

    JsonNode udp = check(Routed.SERVER + ":" + PORT, 1, "--protocol", "udp").get("udp");

    assertVerdict(udp, "truncated", null);
    assertThat(udp.get("evidence").asText())
        .startsWith(
            "a datagram of %d bytes came back with its first %d after ".formatted(sent, buffer));
    assertThat(udp.get("largestBytes").asInt()).isEqualTo(buffer);
    assertThat(udp.get("answeredBy").asText())
        .startsWith("plain echo (RFC 862), cuts datagrams at " + buffer + " bytes");
  }

  @ParameterizedTest
  @CsvSource({"udp,112", "tcp,132"})
  void shouldFindAMiddleboxThatChangesAByte(String protocol, int offset) throws Exception {
    try (ServerProcess running = dualServer()) {
      // The byte at this offset of the transport header's packet belongs to the payload.
      net.firewall(
          Host.ROUTER,
          "forward",
          "%s dport %d ip length > 150 @th,%d,8 set 0x5a"
              .formatted(protocol, running.port(), 8 * offset));

      JsonNode row =
          check(Routed.SERVER + ":" + running.port(), 1, "--protocol", protocol).get(protocol);

      assertVerdict(row, "corrupted", null);
      int position = offset - (protocol.equals("udp") ? 8 : 32);
      assertThat(row.get("evidence").asText()).contains("at position " + position);
    }
  }

  @Test
  void shouldFindAPathThatLosesFragments() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(Host.ROUTER, "forward", "ip frag-off & 0x3fff != 0 drop");

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 1);

      assertVerdict(found.get("tcp"), "open", null);
      JsonNode udp = found.get("udp");
      assertVerdict(udp, "large-lost", null);
      assertThat(udp.get("largestBytes").asInt()).isEqualTo(ETHERNET_IPV4_PAYLOAD);
      assertThat(udp.get("evidence").asText())
          .startsWith("none of 5 datagrams of 65507 bytes came back within ")
          .endsWith(
              "the largest that did has 1472 bytes, the path MTU is 1500 as the kernel knows it");
      assertThat(check(Routed.SERVER + ":" + running.port(), 0, "--size", "1472"))
          .containsKeys("tcp", "udp");
    }
  }

  @Test
  void shouldTellASmallerPathMtuFromABlackHole() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.on(Host.ROUTER, "ip route change 10.78.2.0/24 dev tos mtu lock 1300");

      Map<String, JsonNode> learned = check(Routed.SERVER + ":" + running.port(), 0);
      assertThat(learned.get("tcp").get("pathMtuBytes").asInt()).isEqualTo(1300);
      assertThat(learned.get("udp").get("pathMtuBytes").asInt()).isEqualTo(1300);

      // The same without ICMP: nobody tells the sender, and full packets vanish.
      net.on(Host.CLIENT, "ip route flush cache");
      net.firewall(Host.ROUTER, "output", "icmp type destination-unreachable drop");
      Map<String, JsonNode> hole = check(Routed.SERVER + ":" + running.port(), 1);
      assertVerdict(hole.get("tcp"), "large-lost", null);
      assertThat(hole.get("tcp").get("evidence").asText())
          .matches("128 bytes came back, but of 65507 bytes none within [2-9][0-9.]* s.*");
      assertVerdict(hole.get("udp"), "large-lost", null);
      assertThat(hole.get("udp").get("evidence").asText())
          .startsWith("none of 5 datagrams of 1472 bytes came back");
      assertThat(hole.get("udp").get("largestBytes").asInt()).isEqualTo(1300 - 28);
    }
  }

  @Test
  void shouldBlameABlackHoleOverIpv6OnPacketTooBig() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.on(
          Host.ROUTER,
          "ip -6 route replace fd78:2::/64 dev tos mtu lock 1300 proto kernel metric 256");
      net.firewall(Host.ROUTER, "output", "icmpv6 type packet-too-big drop");

      for (JsonNode row : check("[fd78:2::2]:" + running.port(), 1).values()) {
        assertVerdict(row, "large-lost", null);
        assertThat(row.get("advice").asText())
            .startsWith(
                "a smaller MTU on the way whose ICMPv6 \"Packet Too Big\" a firewall drops");
      }
    }
  }

  @Test
  void shouldTellThatNobodyAnswersNeighbourDiscovery() throws Exception {
    Map<String, JsonNode> found = check("[fd78:1::77]:7", 1, "--timeout", "6s");

    for (JsonNode row : found.values()) {
      assertVerdict(row, "silent", null);
      assertThat(row.get("evidence").asText())
          .startsWith("no host on the local network answers neighbour discovery for fd78:1::77,");
    }
  }

  @Test
  void shouldTellThatDatagramsAreDoubledOnTheWay() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.on(
          Host.ROUTER,
          "nft add table ip dual && nft 'add chain ip dual twice { type filter hook prerouting"
              + " priority -300; }' && nft 'add rule ip dual twice udp dport "
              + running.port()
              + " dup to "
              + Routed.SERVER
              + " device tos'");

      JsonNode udp =
          check(Routed.SERVER + ":" + running.port(), 0, "--protocol", "udp", "--size", "1200")
              .get("udp");

      assertThat(udp.get("verdict").asText()).isEqualTo("open");
      assertThat(udp.get("evidence").asText())
          .containsPattern("; [1-9] of [1-9] came back more than once");
      assertThat(udp.get("advice").asText()).startsWith("what doubles datagrams on the way");
    }
  }

  @Test
  void shouldTellWhatLetsAHandshakePassAndNoData() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(Host.ROUTER, "forward", "tcp dport " + running.port() + " ip length > 120 drop");

      JsonNode tcp = check(Routed.SERVER + ":" + running.port(), 1, "--protocol", "tcp").get("tcp");

      assertVerdict(tcp, "silent", null);
      assertThat(tcp.get("evidence").asText())
          .startsWith("connected, but of 128 bytes nothing came back within ")
          .contains(", not even an acknowledgement");
    }
  }

  @Test
  void shouldShowBothEndsOfATranslation() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(Host.ROUTER, "postrouting", "oifname \"tos\" masquerade");

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 0);

      for (JsonNode row : found.values()) {
        assertVerdict(row, "open", null);
        assertThat(row.get("path").asText()).isEqualTo("rewritten");
        assertThat(row.get("source").asText()).startsWith(Routed.CLIENT + ":");
        assertThat(row.get("stampedSource").asText()).startsWith(Routed.ROUTER_TO_SERVER + ":");
      }
      String text =
          net.run(Host.CLIENT, Checking.command(Routed.SERVER + ":" + running.port())).out();
      assertThat(text)
          .containsPattern(
              "on the way +rewritten: source 10\\.78\\.1\\.2:\\d+ became 10\\.78\\.2\\.1:\\d+");
    }
  }

  @Test
  void shouldNameEveryAddressOfAHost() throws Exception {
    try (ServerProcess running = dualServerAt(Routed.SERVER)) {
      // Names resolve by the file that "ip netns exec" mounts over /etc/hosts.
      Path folder = Path.of("/etc/netns", net.at(Host.CLIENT).get(3));
      Files.createDirectories(folder);
      try {
        Files.writeString(
            folder.resolve("hosts"),
            Routed.SERVER + " both.test\n" + Routed.SERVER_IPV6 + " both.test\n");

        Shell run =
            net.run(
                Host.CLIENT, Checking.command("both.test:" + running.port()) + " --format json");
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(1);
        JsonNode rows = new ObjectMapper().readTree(run.out()).get("rows");
        assertThat(rows).hasSize(4);
        for (JsonNode row : rows) {
          boolean ipv4 = row.get("address").asText().equals(Routed.SERVER);
          assertVerdict(row, ipv4 ? "open" : "refused", ipv4 ? null : "ECONNREFUSED");
        }
        assertThat(
                net.run(
                        Host.CLIENT,
                        Checking.command("both.test:" + running.port()) + " --family ipv4")
                    .exitCode())
            .isZero();
      } finally {
        Files.deleteIfExists(folder.resolve("hosts"));
        Files.deleteIfExists(folder);
      }
    }
  }

  @Test
  void shouldSayWhenItCouldNotAsk() throws Exception {
    Map<String, JsonNode> noRoute = check("[2001:db8::1]:7", 1, "--timeout", "300ms");
    net.on(Host.CLIENT, "ip -6 route del default; ip route del default");
    Map<String, JsonNode> lonely = check("203.0.113.9:7", 1);

    assertThat(noRoute.get("tcp").get("verdict").asText()).isIn("silent", "unreachable");
    for (JsonNode row : lonely.values()) {
      assertVerdict(row, "unreachable", "ENETUNREACH");
      assertThat(row.get("evidence").asText()).isEqualTo("no route to 203.0.113.9");
    }
  }

  @Test
  void shouldStayBelowAFirewallsLimit() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "udp dport " + running.port() + " limit rate over 20/second burst 5 packets drop");

      JsonNode udp =
          check(Routed.SERVER + ":" + running.port(), 0, "--protocol", "udp", "--size", "1200")
              .get("udp");

      assertVerdict(udp, "open", null);
      assertThat(udp.get("evidence").asText()).doesNotContain("lost");
    }
  }

  @Test
  void shouldMeasureThePathAndNotItself() throws Exception {
    // A machine that is busy with other things makes every time longer, but not every time.
    Awaitility.await("a time of the path's order")
        .atMost(60, TimeUnit.SECONDS)
        .until(
            () -> {
              Map<String, JsonNode> found = check(Routed.SERVER + ":" + PORT, 1);
              return found.values().stream()
                  .map(row -> row.get("evidence").asText())
                  .allMatch(
                      evidence ->
                          evidence.matches(
                              ".* after (\\d{1,3}(\\.\\d+)? µs|[12](\\.\\d+)? ms) with .*"));
            });
  }

  private ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private ServerProcess dualServerAt(String address) throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", address);
  }

  private Map<String, JsonNode> check(String target, int exitCode, String... options)
      throws Exception {
    return Checking.from(net, target, exitCode, options);
  }
}
