package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A terminal that nobody looks at, with bash in it: tmux(1), on a server of its own. */
final class Tmux implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final String socket = "dualport-" + UUID.randomUUID();
  private final Path folder;

  private Tmux(Path folder) {
    this.folder = folder;
  }

  /** Opens it, with a shell whose prompt is {@code "$ "}, in an empty folder. */
  static Tmux open(int columns, int rows) throws Exception {
    Tmux tmux = new Tmux(Files.createTempDirectory("tmux"));
    tmux.run(
        "new-session",
        "-d",
        "-x",
        String.valueOf(columns),
        "-y",
        String.valueOf(rows),
        "-c",
        tmux.folder.toString(),
        "env",
        "-u",
        "NO_COLOR",
        "PS1=$ ",
        "PATH=" + javaFolder() + ":" + System.getenv("PATH"),
        "bash",
        "--norc",
        "--noprofile");
    tmux.await(screen -> screen.contains("$"));
    return tmux;
  }

  private static Path javaFolder() {
    return Path.of(ServerProcess.java()).getParent();
  }

  /** Types a line into the shell. */
  void line(String text) throws Exception {
    run("send-keys", "-l", text);
    run("send-keys", "Enter");
  }

  /** Presses keys, each by tmux's name for it, or characters. */
  void press(String... keys) throws Exception {
    for (String key : keys) {
      run("send-keys", key);
    }
  }

  /** Pastes a text as a mouse would, in brackets where the program has asked for them. */
  void paste(String text) throws Exception {
    run("set-buffer", text);
    run("paste-buffer", "-p");
  }

  /** Closes the terminal under its shell and all that runs in it, and opens another one. */
  void hangUp() throws Exception {
    run("respawn-pane", "-k", "bash", "--norc", "--noprofile");
  }

  void resize(int columns, int rows) throws Exception {
    run("resize-window", "-x", String.valueOf(columns), "-y", String.valueOf(rows));
  }

  /** What it shows now. */
  String screen() throws Exception {
    return run("capture-pane", "-p");
  }

  /** The same with the sequences that colour it. */
  String coloured() throws Exception {
    return run("capture-pane", "-e", "-p");
  }

  /** Also what scrolled out above. */
  String history() throws Exception {
    return run("capture-pane", "-p", "-J", "-S", "-1000");
  }

  /** A fact of the terminal, by its name in tmux's formats. */
  String fact(String name) throws Exception {
    return run("display-message", "-p", "#{" + name + "}").strip();
  }

  /** Waits, bounded, until the screen is as wanted, and returns it. */
  String await(Predicate<String> wanted) throws Exception {
    List<String> last = new ArrayList<>(List.of(""));
    try {
      Awaitility.await()
          .atMost(BOUND)
          .until(
              () -> {
                last.set(0, screen());
                return wanted.test(last.get(0));
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "the screen was never as wanted; at last it showed:\n" + last.get(0));
    }
    return last.get(0);
  }

  /** Waits for a text on the screen. */
  String await(String text) throws Exception {
    return await(screen -> screen.contains(text));
  }

  /** A file that something in the shell wrote. */
  Path file(String name) {
    return folder.resolve(name);
  }

  /** The process that the shell runs in the foreground, once it is there. */
  ProcessHandle java() throws Exception {
    ProcessHandle shell = shell().orElseThrow();
    Awaitility.await().atMost(BOUND).until(() -> shell.children().count() == 1);
    return shell.children().findFirst().orElseThrow();
  }

  /** The terminal's first process: bash itself, as tmux starts several words without a shell. */
  private Optional<ProcessHandle> shell() throws Exception {
    return ProcessHandle.of(Long.parseLong(fact("pane_pid")));
  }

  private String run(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tmux", "-u", "-L", socket, "-f", "/dev/null"));
    command.addAll(List.of(words));
    Shell done = Shell.run(command);
    assertThat(done.exitCode()).as("tmux %s: %s", List.of(words), done.err()).isZero();
    return done.out();
  }

  /** Ends all that was started in it, also what the end of a terminal does not reach. */
  @Override
  public void close() throws Exception {
    List<ProcessHandle> left = shell().stream().flatMap(ProcessHandle::descendants).toList();
    run("kill-server");
    left.forEach(ProcessHandle::destroyForcibly);
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
