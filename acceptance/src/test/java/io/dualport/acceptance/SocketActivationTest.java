package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A port that root has bound, served by somebody without any privilege, as with systemd. */
@Tag("kernel")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a loop that waits
class SocketActivationTest {
  private static final Path UNITS = ServerProcess.HOME.resolve("systemd");
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
  private static final String TCP =
      "until printf tcp | timeout 20 nc.openbsd -N 127.0.0.1 7; do sleep 0.05; done";
  private static final String UDP = "printf udp | timeout 20 nc.openbsd -u -W1 127.0.0.1 7";

  /**
   * One program binds TCP, passes it on to the next, which binds UDP; both block, as by default.
   */
  private static List<String> activated(PrivateNetwork network, String listen, List<String> by) {
    List<String> prefix = new ArrayList<>(network.inside());
    prefix.addAll(List.of("systemd-socket-activate", "-l", listen, "--"));
    prefix.addAll(List.of("systemd-socket-activate", "-d", "-l", listen, "--"));
    prefix.addAll(by);
    return prefix;
  }

  @Test
  void shouldServePort7AsAnOrdinaryUserWithoutAnyCapability() throws Exception {
    Tool.require(Tool.SYSTEMD_SOCKET_ACTIVATE, Tool.NC, Tool.SETPRIV);
    try (PrivateNetwork network = new PrivateNetwork()) {
      CompletableFuture<Shell> first = CompletableFuture.supplyAsync(() -> dial(network));
      try (ServerProcess server =
          ServerProcess.startBehind(
              activated(network, "127.0.0.1:7", AS_NOBODY), Transport.EPOLL)) {
        assertThat(first.get(60, TimeUnit.SECONDS).out()).isEqualTo("tcp");
        assertThat(server.port()).isEqualTo(7);
        assertThat(server.started().at("/inherited").toString()).isEqualTo("[3,4]");
        assertThat(server.started().at("/sockets")).hasSize(2);
        assertThat(server.started().at("/shards").asInt()).isOne();

        for (int i = 0; i < 2; i++) { // a listener that blocks would hold the loop after the first
          assertThat(network.run(UDP).out()).isEqualTo("udp");
          assertThat(network.run(TCP).out()).isEqualTo("tcp");
        }
        assertThat(capabilities(server.pid())).isNotEmpty().containsOnly("0000000000000000");

        JsonNode stopped = server.stop();
        assertThat(stopped.at("/inherited").toString()).isEqualTo("[3,4]");
        assertThat(stopped.at("/protocols/tcp/connectionsAccepted").asLong()).isEqualTo(3);
        assertThat(stopped.at("/protocols/udp/messagesOut").asLong()).isEqualTo(2);
      }
    }
  }

  /** As a user's own systemd does, which keeps the sockets; its process comes first in /proc. */
  @Test
  void shouldKnowItsSocketsWhereAnotherProcessHasThemToo() throws Exception {
    Tool.require(Tool.SYSTEMD_SOCKET_ACTIVATE, Tool.NC);
    List<String> keeper =
        List.of("sh", "-c", "sh -c 'LISTEN_PID=$$ exec \"$@\"' sh \"$@\"; exit $?", "sh");
    try (PrivateNetwork network = new PrivateNetwork()) {
      CompletableFuture<Shell> first = CompletableFuture.supplyAsync(() -> dial(network));
      try (ServerProcess server =
          ServerProcess.startBehind(activated(network, "0.0.0.0:7", keeper), Transport.EPOLL)) {
        assertThat(first.get(60, TimeUnit.SECONDS).out()).isEqualTo("tcp");
        assertThat(server.started().get("pid").asLong()).isNotEqualTo(server.pid());
        assertThat(server.started().at("/sockets").toString())
            .contains("\"UNCONN\"", "\"LISTEN\"", "\"0.0.0.0:7\"", "\"127.0.0.1:7\"");
      }
    }
  }

  /** Another user's socket beside the wildcard would need a privilege. */
  @Test
  void shouldSayWhatToDoAboutAWildcardOfAnotherUser() throws Exception {
    Tool.require(Tool.SYSTEMD_SOCKET_ACTIVATE, Tool.NC, Tool.SETPRIV);
    try (PrivateNetwork network = new PrivateNetwork()) {
      CompletableFuture<Shell> first = CompletableFuture.supplyAsync(() -> dial(network));
      Shell refused =
          ServerProcess.run(
              activated(network, "0.0.0.0:7", AS_NOBODY), "--admin", "off", "--view", "quiet");
      first.get(60, TimeUnit.SECONDS);
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err())
          .contains("descriptor 4 is udp 0.0.0.0:7", "Permission denied (EACCES)")
          .contains("name each address in ListenStream= and ListenDatagram=");
    }
  }

  @Test
  void shouldSayThatOneProtocolIsMissing() throws Exception {
    Tool.require(Tool.SYSTEMD_SOCKET_ACTIVATE, Tool.NC);
    try (PrivateNetwork network = new PrivateNetwork()) {
      CompletableFuture<Shell> first = CompletableFuture.supplyAsync(() -> dial(network));
      List<String> prefix = new ArrayList<>(network.inside());
      prefix.addAll(
          List.of("systemd-socket-activate", "-l", "127.0.0.1:7", "--fdname", "echo", "--"));
      Shell refused = ServerProcess.run(prefix, "--admin", "off", "--view", "quiet");
      first.get(60, TimeUnit.SECONDS);
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err())
          .contains("descriptor 3 (echo) is tcp 127.0.0.1:7", "one socket of each protocol");
    }
  }

  @Test
  void shouldKeepTheUnitsValidAndTight() throws Exception {
    Tool.require(Tool.SYSTEMD_ANALYZE);
    String units = "dualport.service dualport.socket";
    // The jar and the user's Java need not be where the unit has them.
    Shell valid = Shell.run("cd " + UNITS + " && systemd-analyze verify --man=no " + units);
    assertThat(valid.err().lines().filter(line -> !line.contains("is not executable"))).isEmpty();
    Shell security =
        Shell.run(
            "cd %s && systemd-analyze security --offline=true --threshold=12 dualport.service"
                .formatted(UNITS));
    assertThat(security.exitCode()).as(security.out() + security.err()).isZero();
  }

  /** Until the port is bound and the server has answered. */
  private static Shell dial(PrivateNetwork network) {
    try {
      return network.run(TCP);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** What each thread may do beyond its user's rights (capabilities(7)). */
  private static List<String> capabilities(long pid) throws IOException {
    List<String> sets = new ArrayList<>();
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "task"))) {
      for (Path thread : threads) {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
          if (line.startsWith("CapEff:") || line.startsWith("CapPrm:")) {
            sets.add(line.split("\\s+")[1]);
          }
        }
      }
    }
    return sets;
  }
}
