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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code dual-client check} says about servers and relays that nobody here wrote. */
@Tag("kernel")
class CheckServersTest {
  private static final int PORT = 8888;

  @AutoClose private static Routed net;

  @BeforeAll
  static void connectHosts() throws Exception {
    net = new Routed();
  }

  @AfterEach
  void resetHosts() throws Exception {
    net.reset();
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
    // Where less than a second lies between two it goes on counting: so no more of them.
    for (int run = 0; run < 2; run++) {
      Map<String, JsonNode> found = check(Routed.SERVER + ":7", 1);
      assertVerdict(found.get("tcp"), "open", null);
      assertVerdict(found.get("udp"), "truncated", null);
      assertThat(found.get("udp").get("answeredBy").asText())
          .startsWith("plain echo (RFC 862), cuts datagrams at 2048 bytes");
    }
    check(Routed.SERVER + ":7", 0, "--size", "1200");
  }

  @Test
  void shouldTellWhatANginxDoesBeforeAServer() throws Exception {
    Path module = Tool.requireNginxStream();
    try (ServerProcess running = dualServer()) {
      nginx(
          """
          load_module %s;
          stream {
            server { listen 9001; listen 9001 udp; proxy_pass 127.0.0.1:%d; }
            server { listen 9002; listen 9002 udp; proxy_pass 127.0.0.1:%d; proxy_protocol on; }
            server { listen 9003 udp; proxy_pass 127.0.0.1:1; }
          }
          """
              .formatted(module, running.port(), running.port()),
          9003);

      JsonNode cut = check(Routed.SERVER + ":9001", 1, "--protocol", "udp").get("udp");
      assertVerdict(cut, "truncated", null);
      assertThat(cut.get("answeredBy").asText())
          .startsWith("dualport, instance ")
          .endsWith(", behind a relay that cuts datagrams at 16384 bytes (as nginx does)");
      assertThat(cut.get("advice").asText())
          .contains("in a relay or load balancer before the server, which itself never cuts");

      for (JsonNode row : check(Routed.SERVER + ":9002", 1).values()) {
        assertVerdict(row, "corrupted", null);
        assertThat(row.get("evidence").asText())
            .contains(
                " begins with a PROXY protocol header of version 1, \"PROXY TCP4 "
                    + Routed.CLIENT
                    + " "
                    + Routed.SERVER);
        assertThat(row.get("advice").asText()).startsWith("the load balancer's PROXY protocol");
        assertThat(row.get("answeredBy").asText()).isEqualTo("an echo");
      }

      JsonNode dead = check(Routed.SERVER + ":9003", 1, "--protocol", "udp").get("udp");
      assertVerdict(dead, "corrupted", null);
      assertThat(dead.get("answeredBy").asText()).isEqualTo("not an echo");
      assertThat(dead.get("evidence").asText()).endsWith(" with an empty one");
      assertThat(dead.get("advice").asText())
          .startsWith("a relay or load balancer whose backend is gone");
    }
  }

  @Test
  void shouldNameTheProxyProtocolOfHaproxy() throws Exception {
    Tool.require(Tool.HAPROXY);
    try (ServerProcess running = dualServer()) {
      Path conf = Files.createTempFile("haproxy", ".cfg");
      Files.writeString(
          conf,
          """
          defaults
            mode tcp
            timeout connect 5s
            timeout client 30s
            timeout server 30s
          listen relay
            bind :9004
            server echo 127.0.0.1:%d send-proxy-v2
          """
              .formatted(running.port()));
      net.serve(Host.SERVER, "tcp", 9004, "haproxy -db -f " + conf);

      JsonNode tcp = check(Routed.SERVER + ":9004", 1, "--protocol", "tcp").get("tcp");

      assertVerdict(tcp, "corrupted", null);
      assertThat(tcp.get("evidence").asText())
          .startsWith(
              "what came back begins with a PROXY protocol header of version 2, TCP "
                  + Routed.CLIENT
                  + ":")
          .endsWith(" -> " + Routed.SERVER + ":9004");
    }
  }

  @Test
  void shouldTellThatSomethingElseIsThere() throws Exception {
    Tool.require(Tool.NGINX);
    nginx("http { access_log off; server { listen 9005; } }", 9005);
    net.serve(
        Host.SERVER,
        "tcp",
        9006,
        "socat TCP4-LISTEN:9006,fork,reuseaddr SYSTEM:'read line; echo HTTP/1.0 400 Bad Request'");

    for (int port : List.of(9005, 9006)) {
      Map<String, JsonNode> found = check(Routed.SERVER + ":" + port, 1, "--timeout", "1s");

      JsonNode tcp = found.get("tcp");
      assertVerdict(tcp, "other-service", null);
      assertThat(tcp.get("answeredBy").asText()).isEqualTo("HTTP");
      assertThat(tcp.get("evidence").asText()).contains("like nothing we sent: \"HTTP/1.");
      assertThat(tcp.get("advice").asText()).startsWith("another service that listens there");
      assertVerdict(found.get("udp"), "refused", "ECONNREFUSED");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "printf x",
        "dd bs=65536 count=1 2>/dev/null | tr A-Z a-z",
        "dd bs=65536 count=1 2>/dev/null | sed s/DUAL/LONGER/"
      })
  void shouldCallAnyAnswerFromTheOtherAddressWrongSourceAndNoEcho(String answer) throws Exception {
    net.serve(
        Host.SERVER, "udp", PORT, "socat UDP4-RECVFROM:" + PORT + ",fork SYSTEM:'" + answer + "'");

    JsonNode udp = check(Routed.SERVER_SECOND + ":" + PORT, 1, "--protocol", "udp").get("udp");

    assertVerdict(udp, "wrong-source", null);
    assertThat(udp.get("answeredBy").asText()).isEqualTo("not an echo");
    assertThat(udp.get("evidence").asText())
        .contains(" from " + Routed.SERVER + ":" + PORT + " after ");
  }

  /** With what is common to all of them, and waits until it listens. */
  private static void nginx(String lines, int port) throws Exception {
    Path folder = Files.createTempDirectory("nginx");
    Path conf = folder.resolve("nginx.conf");
    Files.writeString(conf, lines + "daemon off; master_process off; pid nginx.pid; events {}\n");
    net.serve(
        Host.SERVER,
        lines.contains(port + " udp") ? "udp" : "tcp",
        port,
        "nginx -e stderr -p " + folder + "/ -c " + conf);
  }

  private ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private Map<String, JsonNode> check(String target, int exitCode, String... options)
      throws Exception {
    return Checking.from(net, target, exitCode, options);
  }
}
