package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Connections to the echo take every descriptor, and the admin side answers all the same. */
@Tag("kernel")
class AdminDescriptorsTest {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final int DESCRIPTORS = 100;
  private static final List<String> WITH_FEW =
      List.of("bash", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "bash");

  @EachTransport
  void shouldAnswerHealthChecksWithoutADescriptor(Transport transport) throws Exception {
    try (ServerProcess server =
            ServerProcess.startBehind(WITH_FEW, transport, "--admin", "127.0.0.1:0");
        EchoedConnections echoed = new EchoedConnections()) {
      URI admin = URI.create(server.started().get("admin").asText());
      echoed.takeAllDescriptors(server.port(), server.pid(), DESCRIPTORS);

      for (int i = 0; i < 20; i++) {
        assertThat(get(admin, "/healthz", "1.1"))
            .startsWith("HTTP/1.1 200 ")
            .containsIgnoringCase("connection: close")
            .endsWith("ok\n");
      }
      try (Socket silent = connect(admin)) {
        assertThat(get(admin, "/readyz", "1.1"))
            .endsWith("ready\n"); // and the silent one is sent away
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
      }
      echoed.assertEchoed();
      assertThat(server.errors().lines().filter(line -> line.contains("admin: cannot accept")))
          .hasSize(1);
      assertThat(server.errors()).doesNotContain("Exception");

      echoed.close();
      await()
          .atMost(BOUND)
          .untilAsserted(
              () ->
                  assertThat(get(admin, "/metrics", "1.0"))
                      .containsPattern("dualport_admin_accept_failures_total [1-9]"));
      server.stop();
    }
  }

  /** Who waits there would take the descriptor that the health check has just given back. */
  @EachTransport
  void shouldAnswerHealthChecksWhileEchoClientsWait(Transport transport) throws Exception {
    try (ServerProcess server =
            ServerProcess.startBehind(WITH_FEW, transport, "--admin", "127.0.0.1:0");
        EchoedConnections echoed = new EchoedConnections();
        EchoedConnections waiting = new EchoedConnections()) {
      URI admin = URI.create(server.started().get("admin").asText());
      echoed.takeAllDescriptors(server.port(), server.pid(), DESCRIPTORS);
      waiting.connect(server.port(), 20);

      // The echo tries to accept again every second.
      await()
          .pollInterval(Duration.ofMillis(50))
          .during(Duration.ofSeconds(4))
          .atMost(BOUND)
          .until(
              () -> {
                assertThat(get(admin, "/healthz", "1.1")).endsWith("ok\n");
                return true;
              });

      echoed.assertEchoed();
      echoed.close();
      waiting.assertEchoed();
      server.stop();
    }
  }

  private static Socket connect(URI admin) throws IOException {
    Socket socket = new Socket(admin.getHost(), admin.getPort());
    socket.setSoTimeout((int) BOUND.toMillis());
    return socket;
  }

  private static String get(URI admin, String path, String version) throws IOException {
    try (Socket socket = connect(admin)) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/" + version + "\r\nHost: localhost\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
