package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** What a stranger on the same link can send, and what must not come of it. */
@Tag("kernel")
class WireTest {
  /** Of a service on the server's host that a reply must not reach. */
  private static final int OTHER_PORT = 4000;

  @TempDir static Path folder;

  @AutoClose private static Lan lan;
  private static Forge forge;

  @BeforeAll
  static void connect() throws Exception {
    Tool.require(Tool.SOCAT, Tool.IP);
    lan = new Lan();
    forge = new Forge(lan, folder);
  }

  /** Sources that are this host's own, or nobody's: the reply would reach a service beside us. */
  @EachTransport
  void shouldSendNothingFromAWireIntoTheHostItself(Transport transport) throws Exception {
    Path heard = folder.resolve("heard-" + transport.label());
    try (ServerProcess server =
            ServerProcess.startBehind(lan.onServer(), transport, "--host", "any");
        Listener services = new Listener(heard)) {
      int port = server.port();
      boolean knowsWires = transport == Transport.EPOLL;
      forge.send("::", OTHER_PORT, "fd77::1", port, "unspecified");
      forge.send("::ffff:127.0.0.1", OTHER_PORT, "fd77::1", port, "mapped");
      for (String own : Lan.SERVER_IPV6) {
        if (knowsWires) {
          forge.send(own, OTHER_PORT, "fd77::1", port, "own");
        }
      }
      // These the kernel lets nobody see.
      forge.send("0.0.0.0", OTHER_PORT, "10.77.0.1", port, "unspecified");
      forge.send("127.0.0.1", OTHER_PORT, "10.77.0.1", port, "loopback");
      forge.send("10.77.0.1", OTHER_PORT, "10.77.0.1", port, "own");
      forge.send("::1", OTHER_PORT, "fd77::1", port, "loopback");
      assertAnswered(lan.onClient(dial("UDP6:[fd77::1]:" + port)));
      assertAnswered(lan.onClient(dial("UDP4:10.77.0.1:" + port)));
      // Over loopback an own address is a client's, whichever of them it is.
      assertAnswered(lan.onServer(dial("UDP6:[fd77::1]:" + port)));
      assertAnswered(lan.onServer(dial("UDP6:[fd77::1]:" + port + ",bind=[fd77::2]")));
      assertAnswered(lan.onServer(dial("UDP4:10.77.0.1:" + port)));
      JsonNode udp = server.stop().at("/protocols/udp");
      assertThat(udp.get("droppedUnspecifiedSource").asInt()).isEqualTo(1);
      assertThat(udp.get("droppedOwnAddress").asInt()).isEqualTo(knowsWires ? 2 : 0);
      assertThat(udp.get("messagesIn").asInt())
          .isEqualTo(2 * 5 + 1); // each dial ends with an empty one
      assertThat(udp.get("droppedSendError").asInt())
          .isEqualTo(1); // mapped: not from an IPv6 socket
      assertThat(services.heard()).isEmpty();
    }
  }

  /** An address that came while the server ran is this host's as well. */
  @EachTransport
  void shouldKnowAnAddressThatCameLater(Transport transport) throws Exception {
    if (transport != Transport.EPOLL) {
      return; // the others cannot tell a wire from loopback
    }
    try (ServerProcess server =
        ServerProcess.startBehind(
            lan.onServer(), transport, "--host", "fd77::1", "--idle-timeout", "1s")) {
      lan.onServer("ip address add fd77::77/64 dev dps nodad");
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                Path heard = folder.resolve("heard-later");
                try (Listener services = new Listener(heard)) {
                  forge.send("fd77::77", OTHER_PORT, "fd77::1", server.port(), "own");
                  // What comes after it is answered after it.
                  assertAnswered(lan.onClient(dial("UDP6:[fd77::1]:" + server.port())));
                  return services.heard().isEmpty();
                }
              });
      assertThat(server.stop().at("/protocols/udp/droppedOwnAddress").asInt()).isPositive();
    } finally {
      lan.onServer("ip address del fd77::77/64 dev dps");
    }
  }

  private static String dial(String where) {
    return "printf hi | socat -t5 - " + where + ",shut-null,null-eof";
  }

  private static void assertAnswered(Shell dialled) {
    assertThat(dialled.out()).as(dialled.err()).isEqualTo("hi");
  }

  /** Takes what comes to {@link #OTHER_PORT} of the server's host, on both IP versions. */
  private static final class Listener implements AutoCloseable {
    private final Path file;
    private final Process process;

    Listener(Path file) throws Exception {
      this.file = file;
      List<String> command = new ArrayList<>(lan.onServer());
      command.addAll(
          List.of("socat", "-u", "UDP6-RECV:" + OTHER_PORT + ",ipv6only=0", "CREATE:" + file));
      process = new ProcessBuilder(command).start();
      await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> !lan.onServer("ss -Hunl sport = :" + OTHER_PORT).out().isBlank());
    }

    String heard() throws Exception {
      return Files.readString(file);
    }

    @Override
    public void close() throws Exception {
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
