package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * When replies leave joined and when each by itself, seen by a peer that is handed over joined what
 * left joined: {@code src/test/c/burst.c}.
 */
@Tag("kernel")
class SegmentedRepliesTest {
  private static final int COUNT = 16;
  private static final int ROUNDS = 50;

  @TempDir private static Path folder;

  private static Path burst;

  @BeforeAll
  static void compile() throws Exception {
    Tool.require(Tool.GCC, Tool.TCPDUMP, Tool.IP);
    Tool.requireRoot();
    burst = folder.resolve("burst");
    Shell.succeed("gcc -O2 -std=gnu11 -Wall -Wextra -o %s src/test/c/burst.c".formatted(burst));
  }

  /** A packet socket that is opened while the server runs, and closed again. */
  @Test
  void shouldJoinRepliesButNotWhileSomebodyCaptures() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(network.inside(), Transport.EPOLL, "--host", "127.0.0.1")) {
      assertThat(network.run("ip link set lo gso_max_segs 65535").exitCode()).isZero();
      Peer peer = new Peer(network.inside(), "127.0.0.1", "127.0.0.1", server.port(), 100);
      peer.awaitJoined(true);
      try (PacketCapture ignored =
          PacketCapture.start(network.inside(), folder, "tcpdump -i lo -w seen.pcap udp")) {
        peer.awaitJoined(false);
      }
      peer.awaitJoined(true);
      assertAllAnswered(server.stop());
    }
  }

  /** A larger one than the path's MTU the kernel does not cut into segments, but into fragments. */
  @Test
  void shouldSendEachByItselfWhereThePathIsTooNarrow() throws Exception {
    try (Lan lan = new Lan()) {
      Shell narrow = lan.onServer("ip route add 10.77.9.9/32 dev dps mtu 600");
      assertThat(narrow.exitCode()).as(narrow.err()).isZero();
      try (ServerProcess server = start(lan)) {
        Peer narrowed = new Peer(lan.onClient(), "10.77.9.9", "10.77.0.1", server.port(), 1000);
        assertThat(narrowed.largestRead()).isEqualTo(1000);
        assertThat(assertAllAnswered(server.stop()).get("sendsShared").asInt()).isZero();
      }
    }
  }

  /** A path that takes no segments concerns its own peer alone, on one and the same socket. */
  @Test
  void shouldJoinRepliesToEverybodyElse() throws Exception {
    try (Lan lan = new Lan()) {
      assertThat(lan.onClient("ip address add 10.77.9.10/16 dev dpc").exitCode()).isZero();
      Shell narrow = lan.onServer("ip route add 10.77.9.9/32 dev dps mtu 600");
      assertThat(narrow.exitCode()).as(narrow.err()).isZero();
      try (ServerProcess server = start(lan)) {
        Peer narrowed = new Peer(lan.onClient(), "10.77.9.9", "10.77.0.1", server.port(), 1000);
        Peer wide = new Peer(lan.onClient(), "10.77.9.10", "10.77.0.1", server.port(), 1000);
        assertThat(narrowed.largestRead()).isEqualTo(1000);
        wide.awaitJoined(true);
        assertThat(narrowed.largestRead()).isEqualTo(1000);
        assertAllAnswered(server.stop());
      }
    }
  }

  private static ServerProcess start(Lan lan) throws IOException {
    List<String> prefix = new ArrayList<>(lan.onServer());
    prefix.addAll(List.of("env", "DUAL_SERVER_UDP_GSO=on"));
    return ServerProcess.startBehind(
        prefix, Transport.EPOLL, "--host", "10.77.0.1", "--threads", "1");
  }

  private static JsonNode assertAllAnswered(JsonNode stopped) {
    JsonNode udp = stopped.at("/protocols/udp");
    assertThat(udp.get("messagesIn").asInt()).isPositive();
    assertThat(udp.get("messagesOut")).isEqualTo(udp.get("messagesIn"));
    assertThat(udp.get("bytesOut")).isEqualTo(udp.get("bytesIn"));
    assertThat(udp.get("droppedSendError").asInt() + udp.get("droppedOversize").asInt()).isZero();
    return udp;
  }

  /** Sends bursts, and gets every datagram back. */
  private record Peer(List<String> prefix, String source, String address, int port, int size) {
    /** Bytes. */
    int largestRead() throws Exception {
      List<String> command = new ArrayList<>(prefix);
      command.addAll(
          List.of(
              burst.toString(),
              source,
              address,
              String.valueOf(port),
              String.valueOf(size),
              String.valueOf(COUNT),
              String.valueOf(ROUNDS)));
      Shell done = Shell.run(command);
      assertThat(done.exitCode()).as(done.err()).isZero();
      return Integer.parseInt(done.out().strip());
    }

    void awaitJoined(boolean joined) {
      await(joined ? "joined replies" : "each reply by itself")
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> largestRead() > size == joined);
    }
  }
}
