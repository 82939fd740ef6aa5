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
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Many peers that send and never read, at a server with little memory. */
@Tag("kernel")
class NeverReadingPeersTest {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int PROBES = 30;
  private static final int PROBES_IN_LEAST_MEMORY = 300;

  /** What one peer sends at most: the kernels take some of it, the rest would be the server's. */
  private static final int MOST_BYTES = 8 << 20;

  private static final int PEERS = 100;

  private final List<SocketChannel> greedy = new ArrayList<>();
  private final List<Integer> pushed = new ArrayList<>();

  @EachTransport
  void shouldServeOthersWhenTheMemoryForSuchPeersIsUsedUp(Transport transport) throws Exception {
    List<String> pod = List.of("env", "JDK_JAVA_OPTIONS=-Xmx128m");
    try (ServerProcess server =
            ServerProcess.startBehind(pod, transport, "--max-pending-bytes", "1m");
        Socket bystander = new Socket("127.0.0.1", server.port())) {
      bystander.setSoTimeout(TIMEOUT_MILLIS);
      assertThat(server.started().get("maxPendingBytes").asLong()).isEqualTo(1 << 20);
      connect(server);
      await().atMost(Duration.ofSeconds(60)).until(() -> pushAll() > 0 && sheds());
      for (int i = 0; i < PROBES; i++) {
        pushAll();
        probe(server);
        echo(bystander, i);
      }
      assertThat(server.errors().lines().filter(line -> line.contains("WARN")))
          .as("one for each event loop, however many are closed")
          .hasSizeLessThanOrEqualTo(server.started().get("eventLoops").asInt())
          .allMatch(line -> line.contains("max-pending-bytes"));
      resetAll();
      bystander.close();
      assertThat(server.stop().at("/protocols/tcp/closedByMemory").asLong()).isPositive();
    } finally {
      resetAll();
    }
  }

  @EachTransport
  void shouldServeInTheLeastMemory(Transport transport) throws Exception {
    List<String> small = List.of("env", "JDK_JAVA_OPTIONS=-Xmx32m -XX:MaxDirectMemorySize=16m");
    try (ServerProcess server = ServerProcess.startBehind(small, transport, "--threads", "1")) {
      connect(server);
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
        pushAll();
        probe(server);
      }
      long echoed = assertWhole(load.result());
      assertThat(server.errors()).doesNotContain("OutOfMemory", "connection ");
      resetAll();
      JsonNode stopped = server.stop();
      assertThat(stopped.at("/protocols/udp/messagesOut").asLong())
          .isEqualTo(PROBES_IN_LEAST_MEMORY + echoed);
    } finally {
      resetAll();
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

  private void connect(ServerProcess server) throws IOException {
    for (int i = 0; i < PEERS; i++) {
      SocketChannel peer = SocketChannel.open();
      greedy.add(peer);
      pushed.add(0);
      peer.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      peer.setOption(StandardSocketOptions.SO_SNDBUF, 65536);
      peer.connect(new InetSocketAddress("127.0.0.1", server.port()));
      peer.configureBlocking(false);
    }
  }

  private int pushAll() {
    ByteBuffer block = ByteBuffer.allocateDirect(1 << 16);
    int open = 0;
    for (int i = 0; i < greedy.size(); i++) {
      try {
        if (greedy.get(i).isOpen() && pushed.get(i) < MOST_BYTES) {
          pushed.set(i, pushed.get(i) + greedy.get(i).write(block.clear()));
        }
        open += greedy.get(i).isOpen() ? 1 : 0;
      } catch (IOException closedByTheServer) {
        close(greedy.get(i));
      }
    }
    return open;
  }

  private boolean sheds() {
    return greedy.stream().anyMatch(peer -> !peer.isOpen());
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

  private void resetAll() {
    greedy.forEach(
        peer -> {
          try {
            if (peer.isOpen()) {
              peer.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
          } catch (IOException alreadyReset) {
            // as wanted
          }
          close(peer);
        });
    greedy.clear();
    pushed.clear();
  }

  private static void close(SocketChannel peer) {
    try {
      peer.close();
    } catch (IOException alreadyClosed) {
      // as wanted
    }
  }
}
