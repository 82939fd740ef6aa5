package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.kernel.NetCounters;
import io.dualport.transport.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/**
 * SIGKILL in the middle of traffic and a start on the same port at once. The killed server cannot
 * say any more what it did; the kernel of a network of its own can.
 */
@Tag("kernel")
class KilledServerTest {
  /** Beside those of the load: the server's end of each stays in TIME_WAIT. */
  private static final String CONNECTIONS =
      "for i in {1..8}; do exec {fd}<>/dev/tcp/127.0.0.1/%d; done; echo open; read -r -u $fd";

  private static final List<String> LOAD =
      List.of(
          "--rate",
          "500",
          "--connections",
          "4",
          "--udp-gso",
          "off",
          "--duration",
          "8s",
          "--warmup",
          "0",
          "--timeout",
          "1s",
          "--report-every",
          "200ms");

  /** Segments would make the kernel count several replies once. */
  private static List<String> inside(PrivateNetwork network) {
    List<String> prefix = new ArrayList<>(network.inside());
    prefix.addAll(List.of("env", "DUAL_SERVER_UDP_GSO=off"));
    return prefix;
  }

  @EachTransport
  void shouldStartAgainAtOnceAndTheClientSayWhatWasLost(Transport transport) throws Exception {
    Tool.require(Tool.SS);
    try (PrivateNetwork network = new PrivateNetwork()) {
      NetCounters before = counters(network);
      LoadProcess load;
      Process connections;
      int port;
      try (ServerProcess killed = ServerProcess.startBehind(inside(network), transport)) {
        port = killed.port();
        connections = connect(network, port);
        load = LoadProcess.start(network.inside(), "127.0.0.1:" + port, LOAD);
        load.awaitProgress("TCP");
        load.awaitProgress("UDP");
        Shell.succeed("kill -KILL " + killed.pid());
      }
      connections.waitFor();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  network
                      .run("ss -Htan state time-wait sport = :" + port)
                      .out()
                      .contains(":" + port));
      try (ServerProcess again =
          ServerProcess.startBehind(inside(network), transport, "--port", String.valueOf(port))) {
        JsonNode result = load.result();
        NetCounters kernel = counters(network).since(before);
        JsonNode stopped = again.stop();
        for (JsonNode outage : result.get("outages")) {
          System.out.printf(
              "%s: %s %s s without an echo, lost %s of %s%n",
              transport.label(),
              outage.get("protocol").asText(),
              (outage.get("toNanos").asLong() - outage.get("fromNanos").asLong()) / 1e9,
              row(result, outage.get("protocol").asText()).get("lost"),
              row(result, outage.get("protocol").asText()).get("sent"));
        }
        tcpAgrees(result, stopped);
        udpAgrees(result, stopped, kernel);
      }
    }
  }

  /** Each connection to the second server is a five-tuple that both ends list. */
  private static void tcpAgrees(JsonNode result, JsonNode stopped) {
    JsonNode tcp = row(result, "tcp");
    balances(tcp);
    Map<String, JsonNode> client = new HashMap<>();
    result.get("flows").forEach(flow -> put(client, flow));
    Map<String, JsonNode> server = new HashMap<>();
    stopped.get("flows").forEach(flow -> put(server, flow));
    assertThat(server).isNotEmpty();
    server.forEach(
        (source, flow) -> {
          JsonNode same = client.get(source);
          assertThat(same).as(source + " in " + result).isNotNull();
          assertThat(flow.get("messagesIn").asLong()).isEqualTo(same.get("sent").asLong());
          assertThat(flow.get("messagesOut").asLong()).isEqualTo(same.get("echoed").asLong());
        });
    // What was under way when the first one died.
    long lost =
        client.entrySet().stream()
            .filter(flow -> !server.containsKey(flow.getKey()))
            .mapToLong(flow -> flow.getValue().get("sent").asLong() - echoed(flow.getValue()))
            .sum();
    assertThat(tcp.get("lost").asLong()).isEqualTo(lost);
    assertThat(tcp.get("failures").asLong()).isPositive();
  }

  private static void put(Map<String, JsonNode> flows, JsonNode flow) {
    if (flow.get("protocol").asText().equals("tcp")) {
      flows.put(flow.get("source").asText(), flow);
    }
  }

  private static long echoed(JsonNode flow) {
    return flow.get("echoed").asLong();
  }

  /** Whatever left a socket of this network and was not the client's was a server's reply. */
  private static void udpAgrees(JsonNode result, JsonNode stopped, NetCounters kernel) {
    JsonNode udp = row(result, "udp");
    balances(udp);
    long sent = udp.get("sent").asLong();
    long replies = kernel.value("Udp.OutDatagrams").orElseThrow() - sent;
    assertThat(udp.get("echoed").asLong()).isEqualTo(replies);
    assertThat(udp.get("lost").asLong()).isEqualTo(sent - replies).isPositive();
    JsonNode second = stopped.at("/protocols/udp");
    assertThat(second.get("messagesIn").asLong())
        .isEqualTo(second.get("messagesOut").asLong())
        .isBetween(1L, replies - 1);
  }

  private static JsonNode row(JsonNode result, String protocol) {
    return result.at(protocol.equals("tcp") ? "/rows/0" : "/rows/1");
  }

  private static void balances(JsonNode row) {
    assertThat(row.get("balanced").asText()).isEqualTo("yes");
    assertThat(row.get("sent").asLong())
        .isEqualTo(row.get("echoed").asLong() + row.get("lost").asLong());
  }

  private static Process connect(PrivateNetwork network, int port) throws Exception {
    List<String> command = new ArrayList<>(network.inside());
    command.addAll(List.of("bash", "-c", CONNECTIONS.formatted(port)));
    Process connections = new ProcessBuilder(command).start();
    byte[] open = connections.getInputStream().readNBytes("open".length());
    assertThat(new String(open, StandardCharsets.US_ASCII)).isEqualTo("open");
    return connections;
  }

  private static NetCounters counters(PrivateNetwork network) {
    return NetCounters.read(Path.of("/proc", String.valueOf(network.pid()), "net")).orElseThrow();
  }
}
