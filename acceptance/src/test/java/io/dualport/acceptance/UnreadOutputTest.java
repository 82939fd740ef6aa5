package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody reads any more, or the disk is full: two ends of a write, told apart. */
class UnreadOutputTest {
  private static final int UNREAD = 141;
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Path LAB_JAR = ServerProcess.HOME.resolve("lab/target/dual-lab.jar");
  private static final String SERVER = "--port 0 --admin off --report-every 100ms --view ";

  @TempDir Path folder;

  private static String line(Path jar, String words) {
    return String.join(" ", ServerProcess.java(jar)) + " " + words;
  }

  @ParameterizedTest
  @ValueSource(strings = {"json | head -n 2", "log | head -n 3", "log | sed '/quiet since/q'"})
  void shouldStopTheServerQuietlyWhenItsReaderHasEnough(String viewAndReader) throws Exception {
    Shell ended =
        Shell.run(
            line(ServerProcess.SERVER_JAR, SERVER + viewAndReader) + "; echo ${PIPESTATUS[0]}");

    assertThat(ended.out()).contains("\n").endsWith("\n" + UNREAD + "\n");
    assertThat(ended.err()).isEmpty();
  }

  static Stream<List<String>> unread() {
    return Stream.of(
            line(ServerProcess.SERVER_JAR, "--help"),
            line(ServerProcess.CLIENT_JAR, "--help"),
            line(ServerProcess.CLIENT_JAR, "send 127.0.0.1:1"),
            line(ServerProcess.CLIENT_JAR, "check 127.0.0.1:1 --timeout 200ms"),
            line(ServerProcess.CLIENT_JAR, "completion bash"),
            line(LAB_JAR, "list"),
            line(LAB_JAR, "run 1"))
        .map(command -> List.of("bash", "-c", "exec " + command));
  }

  @ParameterizedTest
  @MethodSource("unread")
  void shouldEndWithoutAWordWhereTheReaderIsGone(List<String> command) throws Exception {
    Path errors = folder.resolve("errors");
    Process program = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    program.getInputStream().close();

    assertThat(program.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isEqualTo(UNREAD);
    assertThat(errors).isEmptyFile();
  }

  @ParameterizedTest
  @MethodSource("unread")
  void shouldSayWhyWhereWhatItPrintsIsLost(List<String> command) throws Exception {
    List<String> toFullDisk = new ArrayList<>(command);
    toFullDisk.set(2, command.get(2) + " >/dev/full");

    Shell ended = Shell.run(toFullDisk);

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .matches(
            "dual-(server|client|lab): cannot write to standard output:"
                + " No space left on device \\(ENOSPC\\)\n");
  }

  /** The echo is worth more than the lines about it. */
  @Test
  void shouldServeOnThoughItsLinesAreLost() throws Exception {
    Path errors = folder.resolve("errors");
    Process server =
        new ProcessBuilder(
                "bash", "-c", "exec " + line(ServerProcess.SERVER_JAR, SERVER + "json >/dev/full"))
            .redirectError(errors.toFile())
            .start();
    try {
      await().atMost(BOUND).until(() -> Files.size(errors) > 0);
      await()
          .during(Duration.ofMillis(500)) // of which each tenth has a line
          .atMost(BOUND)
          .until(() -> server.isAlive() && Files.readString(errors).lines().count() == 1);
      server.toHandle().destroy();
      assertThat(server.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isEqualTo(1);
      assertThat(Files.readString(errors)).contains("(ENOSPC)").hasLineCount(1);
    } finally {
      server.destroyForcibly();
    }
  }

  /** The shell's own SIGHUP stops it; where that is ignored, the terminal's end does. */
  @ParameterizedTest
  @ValueSource(strings = {"", "trap '' HUP; "})
  void shouldEndWithItsTerminal(String before) throws Exception {
    Tool.require(Tool.TMUX);
    try (Tmux terminal = Tmux.open(100, 30)) {
      String code = before.isEmpty() ? "" : "; echo $? >code";
      terminal.line("(" + before + LiveView.START + code + ")");
      LiveView.awaitPicture(terminal);
      ProcessHandle server = java(terminal);
      terminal.hangUp();
      await().atMost(BOUND).until(() -> !server.isAlive());
      if (!before.isEmpty()) {
        await()
            .atMost(BOUND)
            .untilAsserted(
                () -> assertThat(terminal.file("code")).content().isEqualTo(UNREAD + "\n"));
      }
    }
  }

  private static ProcessHandle java(Tmux terminal) throws Exception {
    return Stream.concat(Stream.of(terminal.java()), terminal.java().descendants())
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .findFirst()
        .orElseThrow(() -> new IOException("no server in the terminal"));
  }
}
