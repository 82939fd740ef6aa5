package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The admin side, asked by curl and Prometheus, held against ss. */
class AdminTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final List<String> WITH_TOKEN = List.of("env", "DUAL_SERVER_ADMIN_TOKEN=" + TOKEN);

  @TempDir Path folder;

  @BeforeAll
  static void tools() {
    Tool.require(Tool.CURL, Tool.NC);
  }

  private static String url(ServerProcess server) {
    return server.started().get("admin").asText();
  }

  private static JsonNode get(ServerProcess server, String path) throws Exception {
    return JSON.readTree(Shell.succeed("curl -fsS '" + url(server) + path + "'"));
  }

  private static void echo(ServerProcess server) throws Exception {
    assertThat(Shell.succeed("printf hello | nc -N 127.0.0.1 " + server.port())).isEqualTo("hello");
    assertThat(Shell.succeed("printf hello | nc -u -w1 127.0.0.1 " + server.port()))
        .isEqualTo("hello");
  }

  @EachTransport
  void shouldTellCurlWhatNcSent(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport, "--admin", "127.0.0.1:0")) {
      echo(server);

      JsonNode snapshot = get(server, "api/snapshot");
      assertThat(snapshot.at("/pid").asLong()).isEqualTo(server.pid());
      assertThat(snapshot.at("/version").asText()).isEqualTo("0.1.0");
      assertThat(snapshot.at("/protocols/tcp/bytesOut").asInt()).isEqualTo(5);
      assertThat(snapshot.at("/protocols/udp/bytesOut").asInt()).isEqualTo(5);
      assertThat(get(server, "api/flows?state=all").get("total").asInt()).isEqualTo(2);
      assertThat(Shell.succeed("curl -fsS " + url(server) + "readyz")).isEqualTo("ready");
      assertThat(Shell.succeed("curl -fsS --http1.0 " + url(server) + "healthz")).isEqualTo("ok");
      JsonNode stopped = server.stop();
      assertThat(stopped.at("/protocols/tcp/bytesOut").asInt()).isEqualTo(5);
    }
  }

  @Test
  void shouldStreamFramesToCurl() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.NIO, "--admin", "127.0.0.1:0")) {
      String events =
          Shell.run("curl -fsSN --max-time 3 " + url(server) + "api/events").out(); // cut by curl

      assertThat(events).startsWith("retry: 1000\n\n");
      assertThat(events.split("\nevent: frame\ndata: \\{", -1)).hasSizeGreaterThan(2);
    }
  }

  /** Every socket on the port, found by its inode: state and both ends as ss has them. */
  @EachTransport
  void shouldShowTheSocketsThatSsShows(Transport transport) throws Exception {
    Tool.require(Tool.SS);
    try (ServerProcess server =
            ServerProcess.start(transport, "--admin", "127.0.0.1:0", "--host", "any");
        java.net.Socket connection = new java.net.Socket("127.0.0.1", server.port())) {
      connection.getOutputStream().write(1);
      connection.getInputStream().read();

      Map<Long, String> ours = new TreeMap<>();
      for (JsonNode socket : get(server, "api/kernel?limit=1000").get("sockets")) {
        assertThat(socket.get("ours").asBoolean()).as("%s", socket).isTrue();
        ours.put(
            socket.get("inode").asLong(),
            socket.get("protocol").asText()
                + " "
                + socket.get("state").asText().replace("ESTABLISHED", "ESTAB"));
      }
      Map<Long, String> shown = new TreeMap<>();
      Shell.succeed("ss -tuaneHO 'sport = :" + server.port() + "'")
          .lines()
          .forEach(
              line ->
                  shown.put(
                      Long.parseLong(line.replaceAll(".* ino:(\\d+) .*", "$1")),
                      line.split(" +")[0] + " " + line.split(" +")[1]));
      assertThat(ours).isEqualTo(shown).hasSizeGreaterThan(2);
    }
  }

  @Test
  void shouldBeCleanForPromtool() throws Exception {
    Tool.require(Tool.PROMTOOL);
    List<String> withFlows = List.of("env", "DUAL_SERVER_ADMIN_METRICS_FLOWS=10");
    try (ServerProcess server =
        ServerProcess.startBehind(withFlows, Transport.NIO, "--admin", "127.0.0.1:0")) {
      echo(server);

      Shell checked =
          Shell.run(
              "set -o pipefail; curl -fsS " + url(server) + "metrics | promtool check metrics");

      assertThat(checked.exitCode()).as(checked.out() + checked.err()).isZero();
      assertThat(checked.out() + checked.err()).isEmpty();
      assertThat(Shell.succeed("curl -fsS " + url(server) + "metrics"))
          .contains("dualport_flow_received_bytes_total{destination=");
    }
  }

  /** A scraper from Debian's package, with the token: what it stored is what was sent. */
  @Test
  void shouldBeScrapedByPrometheus() throws Exception {
    Tool.require(Tool.PROMETHEUS);
    try (ServerProcess server =
        ServerProcess.startBehind(WITH_TOKEN, Transport.NIO, "--admin", "0.0.0.0:0")) {
      echo(server);
      String target = url(server).replaceAll("http://|/$", "");
      Path config =
          Files.writeString(
              folder.resolve("prometheus.yml"),
              """
              global: {scrape_interval: 1s, scrape_timeout: 1s}
              scrape_configs:
                - job_name: dualport
                  authorization: {credentials: %s}
                  static_configs: [{targets: ['%s']}]
              """
                  .formatted(TOKEN, target));
      int port = freePort();
      Process prometheus =
          new ProcessBuilder(
                  "prometheus",
                  "--config.file=" + config,
                  "--storage.tsdb.path=" + folder.resolve("data"),
                  "--web.listen-address=127.0.0.1:" + port)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("prometheus.log").toFile())
              .start();
      try {
        for (String protocol : List.of("tcp", "udp")) {
          String query =
              "dualport_received_bytes_total{protocol=\"%s\"} and on() up == 1".formatted(protocol);
          await()
              .atMost(Duration.ofSeconds(30))
              .ignoreExceptions()
              .untilAsserted(
                  () ->
                      assertThat(queried(port, query).at("/data/result/0/value/1").asText())
                          .isEqualTo("5"));
        }
      } finally {
        prometheus.destroy();
        prometheus.waitFor();
      }
    }
  }

  private static JsonNode queried(int port, String query) throws Exception {
    return JSON.readTree(
        Shell.succeed(
            "curl -fsSG http://127.0.0.1:"
                + port
                + "/api/v1/query --data-urlencode 'query="
                + query
                + "'"));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** From another host: with the token, on the address that was named and no other. */
  @Test
  void shouldAnswerAnotherHostThatHasTheToken() throws Exception {
    try (Lan lan = new Lan()) {
      String named = Lan.SERVER_IPV4.get(0);
      List<String> prefix = new ArrayList<>(lan.onServer());
      prefix.addAll(WITH_TOKEN);
      try (ServerProcess server =
          ServerProcess.startBehind(
              prefix, Transport.NIO, "--host", "any", "--admin", named + ":8889")) {
        String curl = "curl -s -o /dev/null --max-time 5 -w '%{http_code}' ";
        String metrics = "http://" + named + ":8889/metrics";

        assertThat(lan.onClient(curl + metrics).out()).isEqualTo("401");
        assertThat(lan.onClient(curl + "-H 'Authorization: Bearer " + TOKEN + "' " + metrics).out())
            .isEqualTo("200");
        assertThat(lan.onClient(curl + "-u any:" + TOKEN + " " + metrics).out()).isEqualTo("200");
        assertThat(lan.onClient(curl + "http://" + named + ":8889/healthz").out()).isEqualTo("200");
        Shell elsewhere = lan.onClient(curl + "http://" + Lan.SERVER_IPV4.get(1) + ":8889/healthz");
        assertThat(elsewhere.exitCode()).as("connection refused").isEqualTo(7);
      }
    }
  }
}
