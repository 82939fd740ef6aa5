package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** A test that fails leaves nothing running. */
class LeftProcessesTest {
  private static final Duration BOUND = Duration.ofSeconds(30);

  private static Process started;

  /** Run by the test below alone: no build runs this tag with all tests. */
  @Tag("worlds")
  static final class Failing {
    @Test
    void shouldFailWithAProcessAtHand() throws Exception {
      started = new ProcessBuilder("sh", "-c", "sleep 1000 & wait").start();
      await().atMost(BOUND).until(() -> started.children().count() == 1);
      throw new AssertionError("on purpose");
    }
  }

  @Test
  void shouldEndWhatAFailedTestHasStarted() throws Exception {
    TestExecutionSummary summary = TestRun.run(Failing.class.getName());

    assertThat(summary.getTestsFailedCount()).isEqualTo(1);
    assertThat(started.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(ProcessHandle.current().descendants()).noneMatch(ProcessHandle::isAlive);
  }

  /** With a session of its own it is out of reach of the end of its terminal. */
  @Test
  void shouldEndWhatRunsInATerminal() throws Exception {
    Tool.require(Tool.TMUX);
    ProcessHandle server;
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line("setsid -w java " + LiveView.SERVER + "--view log");
      terminal.await("stop       Ctrl-C");
      server = terminal.java().children().findFirst().orElseThrow();
      assertThat(server.isAlive()).isTrue();
    }
    await().atMost(BOUND).until(() -> !server.isAlive());
  }

  /** A process that says something else first is no server that could be handed on. */
  @Test
  void shouldEndAServerThatDoesNotStart() throws Exception {
    Path pid = Files.createTempFile("server", ".pid");
    List<String> mute = List.of("sh", "-c", "echo $$ >" + pid + "; echo no JSON; exec sleep 1000");

    assertThatThrownBy(() -> ServerProcess.startBehind(mute, Transport.automatic())).isNotNull();

    long number = Long.parseLong(Files.readString(pid).strip());
    await()
        .atMost(BOUND)
        .until(() -> ProcessHandle.of(number).filter(ProcessHandle::isAlive).isEmpty());
    Files.delete(pid);
  }
}
