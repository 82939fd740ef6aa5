package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Many peers that send and never read, at a server with little memory. */
@Tag("kernel")
class NeverReadingPeersTest {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int PROBES = 30;
  private static final int PROBES_IN_LEAST_MEMORY = 300;

  private static final int PEERS = 100;

  @EachTransport
  void shouldServeOthersWhenTheMemoryForSuchPeersIsUsedUp(Transport transport) throws Exception {
    List<String> pod = List.of("env", "JDK_JAVA_OPTIONS=-Xmx128m");
    try (ServerProcess server =
            ServerProcess.startBehind(pod, transport, "--max-pending-bytes", "1m");
        GreedyPeers greedy = new GreedyPeers(server, PEERS);
        Socket bystander = new Socket("127.0.0.1", server.port())) {
      bystander.setSoTimeout(TIMEOUT_MILLIS);
      assertThat(server.started().get("maxPendingBytes").asLong()).isEqualTo(1 << 20);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                greedy.pushAll();
                return greedy.open() < PEERS;
              });
      for (int i = 0; i < PROBES; i++) {
        greedy.pushAll();
        probe(server);
        echo(bystander, i);
      }
      assertThat(server.errors().lines().filter(line -> line.contains("WARN")))
          .as("one for each event loop, however many are closed")
          .hasSizeLessThanOrEqualTo(server.started().get("eventLoops").asInt())
          .allMatch(line -> line.contains("max-pending-bytes"));
      greedy.close();
      bystander.close();
      assertThat(server.stop().at("/protocols/tcp/closedByMemory").asLong()).isPositive();
    }
  }

  @EachTransport
  void shouldServeInTheLeastMemory(Transport transport) throws Exception {
    List<String> small = List.of("env", "JDK_JAVA_OPTIONS=-Xmx32m -XX:MaxDirectMemorySize=16m");
    try (ServerProcess server = ServerProcess.startBehind(small, transport, "--threads", "1");
        GreedyPeers greedy = new GreedyPeers(server, PEERS)) {
      // As much as the one loop can echo; not more datagrams at once than its socket's buffer
      // holds.
      LoadProcess load =
          LoadProcess.start(
              List.of(),
              "127.0.0.1:" + server.port(),
              List.of(
                  "--connections",
                  "8",
                  "--depth",
                  "8",
                  "--size",
                  "1024",
                  "--duration",
                  "5s",
                  "--timeout",
                  "20s",
                  "--progress",
                  "quiet"));
      for (int i = 0; i < PROBES_IN_LEAST_MEMORY; i++) {
        greedy.pushAll();
        probe(server);
      }
      long echoed = assertWhole(load.result());
      assertThat(server.errors()).doesNotContain("OutOfMemory", "connection ");
      greedy.close();
      JsonNode stopped = server.stop();
      assertThat(stopped.at("/protocols/udp/messagesOut").asLong())
          .isEqualTo(PROBES_IN_LEAST_MEMORY + echoed);
    }
  }

  /** Everything came back on both protocols; how much on UDP, warm-up included. */
  private static long assertWhole(JsonNode result) {
    assertThat(result.get("rows")).hasSize(2);
    for (JsonNode row : result.get("rows")) {
      System.out.printf(
          "in the least memory: %s %s echoed/s%n", row.get("protocol"), row.get("echoedPerSecond"));
      assertThat(row.get("echoed").asLong()).isEqualTo(row.get("sent").asLong()).isPositive();
      assertThat(row.get("failures").asLong()).isZero();
    }
    JsonNode udp = result.at("/rows/1");
    return udp.get("echoed").asLong() + udp.get("warmupEchoed").asLong();
  }

  /** A new connection and a new datagram socket, both answered. */
  private static void probe(ServerProcess server) throws IOException {
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", server.port());
    try (Socket tcp = new Socket();
        DatagramSocket udp = new DatagramSocket()) {
      tcp.setSoTimeout(TIMEOUT_MILLIS);
      udp.setSoTimeout(TIMEOUT_MILLIS);
      udp.send(new DatagramPacket(new byte[64], 64, address));
      udp.receive(new DatagramPacket(new byte[64], 64));
      tcp.connect(address, TIMEOUT_MILLIS);
      echo(tcp, 1);
    }
  }

  private static void echo(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    assertThat(socket.getInputStream().read()).isEqualTo(value);
  }
}
