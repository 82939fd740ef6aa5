package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/**
 * The server as the first process of a container, to which signals do nothing that it has not asked
 * for and whose orphans are its own, and behind an init.
 */
@Tag("kernel")
class FirstProcessTest {
  private static final List<String> CONTAINER =
      List.of("unshare", "--pid", "--fork", "--mount-proc");

  @BeforeAll
  static void requireTools() throws Exception {
    Tool.requireRoot();
  }

  @EachTransport
  void shouldObeySigtermAsTheFirstProcess(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.startBehind(CONTAINER, transport)) {
      assertThat(server.started().get("pid").asInt()).isEqualTo(1);
      assertStops(server, List.of());
    }
  }

  @EachTransport
  void shouldObeySigtermBehindAnInit(Transport transport) throws Exception {
    Tool.require(Tool.TINI);
    List<String> prefix = new ArrayList<>(CONTAINER);
    prefix.addAll(List.of("tini", "--"));
    try (ServerProcess server = ServerProcess.startBehind(prefix, transport)) {
      assertThat(server.started().get("pid").asInt()).isGreaterThan(1);
      long init = first(server).pid();
      // Of a health check, say: what it started and left.
      Shell.succeed("nsenter --pid --mount --target " + init + " bash -c '(exec sleep 0.1) &'");
      await().atMost(Duration.ofSeconds(20)).until(() -> childrenOf(init).equals(List.of("java")));
      assertStops(server, List.of("java"));
    }
  }

  /** It starts no process, so it leaves none. */
  private static void assertStops(ServerProcess server, List<String> beside) throws Exception {
    try (Socket peer = new Socket("127.0.0.1", server.port())) {
      peer.getOutputStream().write(7);
      assertThat(peer.getInputStream().read()).isEqualTo(7);
    }
    ProcessHandle first = first(server);
    assertThat(childrenOf(first.pid())).isEqualTo(beside);
    List<ProcessHandle> inside = first.descendants().toList();
    first.destroy(); // unshare, before it, heeds no SIGTERM and hands on the exit code
    server.stop();
    assertThat(first.isAlive()).isFalse();
    assertThat(inside).noneMatch(ProcessHandle::isAlive);
  }

  private static ProcessHandle first(ServerProcess server) {
    return ProcessHandle.of(server.pid()).orElseThrow().children().findFirst().orElseThrow();
  }

  /** Their names; of one that nobody has waited for, "NAME <defunct>". */
  private static List<String> childrenOf(long pid) throws Exception {
    return Shell.run("ps -o comm= --ppid " + pid).out().lines().map(String::strip).toList();
  }
}
