package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code check --as} says of servers that nobody here wrote, when all is well and when not.
 */
@Tag("kernel")
class RealServersTest {
  /**
   * Fault, servers, and what is said of each protocol: the verdict, then words that stand beside it
   * in this order. {@code =} is what is said when all is well; a line further down replaces those
   * above it.
   */
  private static final String CELLS =
      """
      all is well                 | dnsmasq unbound | open: DNS server (NOERROR) | open: DNS server (NOERROR, truncated: the rest comes over TCP) .. and so was NS of the root with EDNS 4096
      all is well                 | caddy     | open: HTTP/2 200 .. TLSv1.3, h2, certificate of real.example .. Alt-Svc h3=":443" | open: QUIC server (version 1, .. and so was QUIC packet of 1472 bytes
      all is well                 | nginx     | open: HTTP/1.1 200 .. certificate of real.example | refused: ICMP port unreachable .. this server may not offer HTTP/3; .. a firewall that rejects looks the same
      all is well                 | coturn    | open: STUN server .. same-source | open: STUN server .. same-source
      all is well                 | krb5kdc   | open: Kerberos KDC (KRB-ERROR 6, client unknown) | open: Kerberos KDC (KRB-ERROR 6, client unknown)
      all is well                 | sipp      | open: SIP server (200 OK) | open: SIP server (200 OK) .. and so was OPTIONS of 1300 bytes
      all is well                 | memcached | open: memcached 1. | open: memcached 1.
      all is well                 | rpcbind   | open: RPC port mapper | open: RPC port mapper
      all is well                 | slapd     | open: LDAP server | refused: ICMP port unreachable .. this server may not offer CLDAP; .. a firewall that rejects looks the same

      UDP dropped                 | all       | = | silent: nothing came back, from whatever address, and no ICMP .. this server may not offer .. a firewall, security group, load balancer or NAT that drops UDP
      UDP dropped                 | caddy     | = | silent: no ICMP, although the server promises HTTP/3 here (Alt-Svc h3= .. that drops UDP 443
      UDP rejected                | all       | = | refused: ICMP port unreachable .. this server may not offer .. a firewall that rejects looks the same
      UDP rejected                | caddy     | = | refused: ICMP port unreachable, although the server promises HTTP/3 here .. a firewall that rejects looks the same
      TCP alone                   | all       | = | refused: ICMP port unreachable .. this server may not offer .. a server that is bound to UDP there, too
      TCP alone                   | caddy     | = | refused: ICMP port unreachable, although the server promises HTTP/3 here .. a server that promises HTTP/3 and does not listen for it

      other address answers       | dnsmasq unbound | = | wrong-source: DNS server .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | caddy     | = | wrong-source: QUIC server .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | coturn    | = | wrong-source: STUN server .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | krb5kdc   | = | wrong-source: Kerberos KDC .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | sipp      | = | wrong-source: SIP server .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | memcached | = | wrong-source: memcached .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | rpcbind   | = | wrong-source: RPC port mapper .. was answered from 10.77.0.1: .. a NAT or load balancer that forgets to translate replies
      other address answers       | nginx slapd | = | =

      other service               | dnsmasq coturn | other-service: HTTP .. that is HTTP | refused: ICMP port unreachable
      other service               | unbound   | closed-early: then the server's side closed (FIN) .. a service that closes at what it does not know | silent: a service that does not answer this question (--as asks for another)
      other service               | caddy slapd | other-service: memcached .. that is memcached | silent: a service that does not answer this question (--as asks for another)
      other service               | nginx memcached | silent: a service that does not answer this question (--as asks for another) | other-service: DNS .. that is DNS
      other service               | krb5kdc   | reset closed-early: nothing came back .. a service that closes at what it does not know | other-service: DNS .. that is DNS
      other service               | sipp      | other-service: Kerberos .. that is Kerberos | silent: a service that does not answer this question (--as asks for another)
      other service               | rpcbind   | other-service: TLS (it sent an alert) .. that is TLS | silent: a service that does not answer this question (--as asks for another)

      nginx without its backend   | all       | closed-early reset: nothing came back, then .. a load balancer or proxy without a backend | corrupted: an empty datagram .. a relay or load balancer whose backend is gone
      haproxy without its backend | all       | silent: within 2 s .. backend | refused: ICMP port unreachable

      more than 1280 bytes lost   | all       | = | =
      more than 1280 bytes lost   | dnsmasq unbound | silent: although the other side's kernel acknowledged the question .. large packets | large-lost: DNS server .. with EDNS 4096 got no answer .. with EDNS 1232 is answered .. path MTU black hole
      more than 1280 bytes lost   | caddy     | silent: the TLS handshake got no answer .. large packets | large-lost: QUIC server .. QUIC packet of 1350 bytes got no answer .. of 1252 bytes is answered .. path MTU black hole
      more than 1280 bytes lost   | nginx     | silent: the TLS handshake got no answer .. large packets | refused: ICMP port unreachable
      more than 1280 bytes lost   | sipp      | = | large-lost: SIP server .. OPTIONS of 1300 bytes got no answer .. OPTIONS is answered .. path MTU black hole
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<RealServer, Future<Shell>> CHECKS = new EnumMap<>(RealServer.class);

  @AutoClose private static RealServers servers;

  @AutoClose("shutdownNow")
  private static final ExecutorService THREADS = Executors.newCachedThreadPool();

  @TempDir static Path folder;

  @BeforeAll
  static void checkAll() throws Exception {
    servers = new RealServers(folder);
    servers.start();
    for (RealServer server : RealServer.values()) {
      CHECKS.put(server, THREADS.submit(() -> servers.check(server, "--format json")));
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cells")
  void shouldSayWhatIsTrue(RealServer server, PortFault fault, String tcp, String udp)
      throws Exception {
    Tool.require(server.tools());
    Shell check = CHECKS.get(server).get();
    assertThat(check.err()).isEmpty();
    assertThat(check.exitCode()).isEqualTo(1);

    int rows = 0;
    for (JsonNode row : JSON.readTree(check.out()).get("rows")) {
      if (row.get("address").asText().equals(fault.address())) {
        rows++;
        String cell = "%s, %s: %s".formatted(server, fault, row.toPrettyString());
        assertSays(cell, row, row.get("protocol").asText().equals("tcp") ? tcp : udp);
      }
    }
    assertThat(rows).isEqualTo(2);
  }

  /** QUIC's datagrams are never fragments (RFC 9000 section 14), which many networks drop. */
  @ParameterizedTest
  @CsvSource({
    RealServers.FRAGMENTS_LOST_IPV6 + ", 1452",
    RealServers.FRAGMENTS_LOST + ", 1372",
  })
  void shouldAskForHttp3WithoutFragments(String address, int largest) throws Exception {
    Tool.require(Tool.CADDY);
    String host = address.contains(":") ? "[" + address + "]" : address;
    Shell check = servers.check(host, RealServer.CADDY, "--protocol udp --format json");

    assertThat(check.exitCode()).as(check.out()).isZero();
    JsonNode udp = JSON.readTree(check.out()).get("rows").get(0);
    assertThat(udp.get("largestBytes").asInt()).isEqualTo(largest);
    assertThat(udp.get("evidence").asText()).endsWith("QUIC packet of " + largest + " bytes");
  }

  /** What the cells say is what the page says. */
  @Test
  void shouldBeTheTableOfThePages() throws Exception {
    for (String page : List.of("docs/check.md", "docs/check.zh-CN.md")) {
      List<String> rows =
          Files.readAllLines(ServerProcess.HOME.resolve(page)).stream()
              .filter(line -> line.startsWith("| ") && line.contains("` / `"))
              .map(line -> line.substring(line.indexOf(" | ")))
              .toList();
      assertThat(rows).as(page).isEqualTo(table());
    }
  }

  /** A row for each fault, a column for all servers of which the same is said. */
  private static List<String> table() {
    List<PortFault> faults = new ArrayList<>(List.of(PortFault.values()));
    faults.remove(PortFault.OTHER_SERVICE); // whose names matter more than the verdicts
    Set<List<String>> columns = new LinkedHashSet<>();
    for (RealServer server : RealServer.values()) {
      columns.add(
          faults.stream()
              .map(fault -> verdicts(server, fault, 2) + " / " + verdicts(server, fault, 3))
              .toList());
    }
    return IntStream.range(0, faults.size())
        .mapToObj(
            row ->
                columns.stream()
                    .map(column -> column.get(row))
                    .collect(Collectors.joining(" | ", " | ", " |")))
        .toList();
  }

  private static String verdicts(RealServer server, PortFault fault, int column) {
    String[] verdicts = said(server, fault, column).split(": ")[0].split(" ");
    return "`" + String.join("` or `", verdicts) + "`";
  }

  private static Stream<Arguments> cells() {
    return Arrays.stream(RealServer.values())
        .flatMap(
            server ->
                Arrays.stream(PortFault.values())
                    .map(
                        fault ->
                            Arguments.of(
                                server, fault, said(server, fault, 2), said(server, fault, 3))));
  }

  private static String said(RealServer server, PortFault fault, int column) {
    String said = null;
    for (String line : CELLS.lines().toList()) {
      String[] cells = line.split(" +\\| ");
      if (cells[0].equals(fault.toString())
          && (cells[1].equals("all") || List.of(cells[1].split(" ")).contains(server.toString()))) {
        said = cells[column];
      }
    }
    assertThat(said).as("%s, %s", server, fault).isNotNull();
    return said.equals("=") ? said(server, PortFault.NONE, column) : said;
  }

  private static void assertSays(String cell, JsonNode row, String expected) {
    String[] verdictAndWords = expected.split(": ", 2);
    assertThat(verdictAndWords[0].split(" ")).as(cell).contains(row.get("verdict").asText());
    assertThat(
            String.join(
                "; ",
                row.get("answeredBy").asText(),
                row.get("evidence").asText(),
                row.get("advice").asText(),
                row.get("path").asText()))
        .as(cell)
        .containsSubsequence(verdictAndWords[1].split(" \\.\\. "));
  }
}
