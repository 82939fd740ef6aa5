package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** Memory of the server process, read from the kernel, while clients do their worst. */
class BoundedMemoryTest {
  private static final long MIB = 1 << 20;
  private static final int GREEDY_PEERS = 64;

  @EachTransport
  void shouldHoldItsMemoryAgainstPeersThatSendAndNeverRead(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport);
        Socket bystander = new Socket("127.0.0.1", server.port())) {
      bystander.setSoTimeout(20_000);
      warmUp(bystander);
      long before = server.residentBytes();
      try (GreedyPeers greedy = new GreedyPeers(server, GREEDY_PEERS)) {
        // For seconds: again and again to all of them, until no peer's kernel takes a byte for a
        // while.
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(20))
            .during(Duration.ofSeconds(2))
            .until(
                () -> {
                  echo(bystander, 1); // the rest is served meanwhile
                  return greedy.pushAll() == 0;
                });
        assertGrowthBounded("64 peers that never read", transport, before, server.residentBytes());
        assertThat(greedy.open()).isEqualTo(GREEDY_PEERS);
      }
      echo(bystander, 2);
      bystander.close();
      server.stop();
    }
  }

  @EachTransport
  void shouldHoldItsMemoryUnderChurnOfMoreFlowsThanItTracks(Transport transport) throws Exception {
    int flows = 12_000;
    try (ServerProcess server =
        ServerProcess.start(transport, "--max-flows", "1000", "--idle-timeout", "400ms")) {
      churn(server.port(), flows / 4);
      long before = server.residentBytes();
      churn(server.port(), flows);
      assertGrowthBounded("churn of flows", transport, before, server.residentBytes());
      JsonNode udp = server.stop().get("protocols").get("udp");
      assertThat(udp.get("messagesIn").asLong()).isEqualTo(flows + flows / 4);
      assertThat(udp.get("messagesOut").asLong()).isEqualTo(flows + flows / 4);
      assertThat(udp.get("flowsLive").asLong()).isLessThanOrEqualTo(1000);
      assertThat(udp.get("messagesWithoutEntry").asLong()).isPositive();
    }
  }

  private static void assertGrowthBounded(
      String load, Transport transport, long before, long after) {
    System.out.printf(
        "%s, %s: resident memory %d -> %d MiB%n",
        load, transport.label(), before / MIB, after / MIB);
    assertThat(after - before).as("growth of resident memory, bytes").isLessThan(64 * MIB);
  }

  private static void churn(int port, int flows) throws IOException {
    InetSocketAddress server = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
    for (int i = 0, sent = 0; sent < flows; i++) {
      // Another source address each time, so that source ports do not run out.
      InetAddress source = InetAddress.getByName("127.1." + i % 250 + "." + (1 + i / 250 % 250));
      try (DatagramSocket client = new DatagramSocket(new InetSocketAddress(source, 0))) {
        if (client.getLocalPort() == port) {
          continue; // the guard answers nobody on the server's own port number
        }
        client.setSoTimeout(10_000);
        client.send(new DatagramPacket(new byte[32], 32, server));
        sent++;
        client.receive(new DatagramPacket(new byte[32], 32));
      }
    }
  }

  private static void warmUp(Socket socket) throws IOException {
    for (int i = 0; i < 20_000; i++) {
      echo(socket, i);
    }
  }

  private static void echo(Socket socket, int value) throws IOException {
    socket.getOutputStream().write(value);
    assertThat(socket.getInputStream().read()).isEqualTo(value & 0xff);
  }
}
