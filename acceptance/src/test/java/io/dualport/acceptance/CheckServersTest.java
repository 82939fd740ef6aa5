package io.dualport.acceptance;

import static io.dualport.acceptance.Checking.assertVerdict;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@code dual-client check} says about servers and relays that nobody here wrote. */
@Tag("kernel")
class CheckServersTest {
  private static final int PORT = 8888;

  private static Routed net;

  @BeforeAll
  static void connectHosts() throws Exception {
    net = new Routed();
  }

  @AfterEach
  void resetHosts() throws Exception {
    net.reset();
  }

  @AfterAll
  static void removeHosts() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  @Test
  void shouldTellTwoServersBehindOnePort() throws Exception {
    try (ServerProcess overTcp = dualServer();
        ServerProcess overUdp = dualServer()) {
      String from = "-LISTEN:" + PORT + ",fork";
      net.serve(
          Host.SERVER, "tcp", PORT, "socat TCP4" + from + " TCP4:127.0.0.1:" + overTcp.port());
      net.serve(
          Host.SERVER,
          "udp",
          PORT,
          "socat -b 65536 UDP4" + from + " UDP4:127.0.0.1:" + overUdp.port());
      String target = Routed.SERVER + ":" + PORT;

      Shell told = net.run(Host.CLIENT, Checking.command(target));
      assertThat(told.exitCode()).as(told.out()).isZero();
      assertThat(told.out())
          .contains("from here: open on TCP and UDP")
          .containsPattern(
              "(?m)^TCP and UDP reach different servers: TCP instance [0-9a-f]{16}, UDP instance"
                  + " [0-9a-f]{16}\\.$");
      Map<String, JsonNode> required = check(target, 1, "--same-server");
      assertThat(required.get("tcp").get("serverInstance"))
          .isNotEqualTo(required.get("udp").get("serverInstance"));
      check(Routed.SERVER + ":" + overTcp.port(), 0, "--same-server");
    }
  }

  @Test
  void shouldJudgeOtherPeoplesEchoes() throws Exception {
    Tool.require(Tool.NCAT, Tool.INETD);
    Path conf = Files.createTempFile("inetd", ".conf");
    Files.writeString(
        conf, "echo stream tcp nowait root internal\necho dgram udp wait root internal\n");
    net.serve(Host.SERVER, "udp", 7, "inetd -i " + conf);
    net.serve(Host.SERVER, "tcp", 21001, "ncat -l -k 21001 --exec /bin/cat");
    net.serve(Host.SERVER, "tcp", 21002, "socat TCP4-LISTEN:21002,fork,reuseaddr EXEC:cat");
    net.serve(Host.SERVER, "udp", 21003, "socat UDP4-RECVFROM:21003,fork PIPE");
    net.serve(Host.SERVER, "udp", 21004, "socat UDP4-LISTEN:21004,fork EXEC:cat");
    net.serve(Host.SERVER, "udp", 21005, "ncat -u -l -k 21005 --exec /bin/cat");

    Map<String, JsonNode> inetd = check(Routed.SERVER + ":7", 1);
    assertVerdict(inetd.get("tcp"), "open", null);
    assertThat(inetd.get("tcp").get("answeredBy").asText()).isEqualTo("plain echo (RFC 862)");
    assertVerdict(inetd.get("udp"), "truncated", null);
    assertThat(inetd.get("udp").get("answeredBy").asText())
        .isEqualTo("plain echo (RFC 862), cuts datagrams at 4096 bytes (as openbsd-inetd does)");
    for (int port : List.of(21001, 21002)) {
      JsonNode tcp = check(Routed.SERVER + ":" + port, 0, "--protocol", "tcp").get("tcp");
      assertVerdict(tcp, "open", null);
      assertThat(tcp.get("answeredBy").asText()).isEqualTo("plain echo (RFC 862)");
      assertThat(tcp.get("path").asText()).isEqualTo("not-stamped");
    }
    for (int port : List.of(21003, 21004, 21005)) {
      JsonNode udp = check(Routed.SERVER + ":" + port, 1, "--protocol", "udp").get("udp");
      assertVerdict(udp, "truncated", null);
      assertThat(udp.get("answeredBy").asText())
          .as(udp.toPrettyString())
          .isEqualTo("plain echo (RFC 862), cuts datagrams at 8192 bytes (as socat and ncat do)");
    }
  }

  @Test
  void shouldNotSilenceWhatItChecks() throws Exception {
    Tool.require(Tool.XINETD);
    Path conf = Files.createTempFile("xinetd", ".conf");
    for (String kind : List.of("stream tcp no", "dgram udp yes")) {
      String[] words = kind.split(" ");
      Files.writeString(
          conf,
          "service echo\n{\ntype = INTERNAL\nid = echo-%s\nsocket_type = %s\nprotocol = %s\n"
                  .formatted(words[0], words[0], words[1])
              + "user = root\nwait = %s\n}\n".formatted(words[2]),
          StandardOpenOption.APPEND);
    }
    net.serve(Host.SERVER, "udp", 7, Tool.XINETD.path() + " -dontfork -f " + conf);

    // Its default, cps = 50 10, takes a service off for ten seconds: a second run would find out.
    for (int run = 0; run < 3; run++) {
      Map<String, JsonNode> found = check(Routed.SERVER + ":7", 1);
      assertVerdict(found.get("tcp"), "open", null);
      assertVerdict(found.get("udp"), "truncated", null);
      assertThat(found.get("udp").get("answeredBy").asText())
          .startsWith("plain echo (RFC 862), cuts datagrams at 2048 bytes");
    }
    check(Routed.SERVER + ":7", 0, "--size", "1200");
  }

  private ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private Map<String, JsonNode> check(String target, int exitCode, String... options)
      throws Exception {
    return Checking.from(net, target, exitCode, options);
  }
}
