package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The live view and its terminal: how it takes it and gives it back, and what it does without one.
 */
@Tag("every-java")
class LiveTerminalTest {
  @BeforeEach
  void needsATerminal() {
    Tool.require(Tool.TMUX);
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "INT", "C-c", "TERM"})
  void shouldLeaveTheTerminalAsItWas(String end) throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line("stty -g >before; echo written before; mkdir tmp");
      terminal.line(
          LiveView.START.replace("java ", "java -Djava.io.tmpdir=tmp ")
              + "; echo code $?; stty -g >after; echo all over");
      int port = LiveView.awaitPicture(terminal);
      assertThat(terminal.fact("alternate_on")).isEqualTo("1");
      assertThat(terminal.fact("cursor_flag")).isEqualTo("0");
      switch (end) {
        case "q", "C-c" -> terminal.press(end);
        default -> Shell.succeed("kill -" + end + " " + terminal.java().pid());
      }
      terminal.await("\nall over");
      assertThat(terminal.history())
          .contains("written before", "Dualport: port " + port, "Per protocol, in ", "code 0");
      assertThat(terminal.fact("alternate_on")).isEqualTo("0");
      assertThat(terminal.fact("cursor_flag")).isEqualTo("1");
      assertThat(terminal.fact("wrap_flag")).isEqualTo("1");
      assertThat(Files.readString(terminal.file("after")))
          .isEqualTo(Files.readString(terminal.file("before")));
      assertThat(terminal.file("tmp")).isEmptyDirectory(); // no library left behind
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "C-c"})
  void shouldEndWhatIsOpenWhenToldToStopOnceMore(String key) throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START + "--drain 1h");
      try (Socket open = new Socket("127.0.0.1", LiveView.awaitPicture(terminal))) {
        terminal.await("1 open");
        terminal.press("C-c");
        terminal.await("waiting for 1 connection to end");
        terminal.press(key);
        terminal.await("Per five-tuple");
        assertThat(open.getInputStream().read()).isNegative();
      }
    }
  }

  @Test
  void shouldSuspendToTheShellAndComeBack() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START);
      LiveView.awaitPicture(terminal);
      ProcessHandle server = terminal.java();
      for (int times = 0; times < 2; times++) {
        terminal.press("C-z");
        terminal.await("Stopped");
        assertThat(terminal.fact("alternate_on")).isEqualTo("0");
        terminal.line("stty -a | grep -o ' echo ' | tr -d ' ' && echo prompt");
        terminal.await(screen -> screen.contains("\necho\nprompt\n"));
        terminal.line("clear; fg");
        terminal.await("five-tuples");
        assertThat(terminal.fact("alternate_on")).isEqualTo("1");
      }
      // In the background it does not touch the terminal, which would stop it.
      terminal.press("C-z");
      terminal.await("Stopped");
      terminal.line("clear; bg; echo in the background");
      terminal.await("\nin the background");
      assertThat(server.isAlive()).isTrue();
      terminal.line("fg");
      terminal.await("five-tuples");
      terminal.press("q");
      terminal.await("Per five-tuple");
    }
  }

  @Test
  void shouldStopInTheBackgroundToo() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START);
      LiveView.awaitPicture(terminal);
      ProcessHandle server = terminal.java();
      terminal.press("C-z");
      terminal.await("Stopped");
      terminal.line("clear; bg; echo in the background");
      terminal.await("\nin the background");
      Shell.succeed("kill -TERM " + server.pid());
      await().atMost(Duration.ofSeconds(20)).until(() -> !server.isAlive());
      terminal.await("Per five-tuple");
      assertThat(terminal.fact("alternate_on")).isEqualTo("0");
    }
  }

  @Test
  void shouldPrintLinesWhereThereIsNoTerminalToDrawOn() throws Exception {
    try (Tmux terminal = Tmux.open(120, 40)) {
      assertLines(
          terminal,
          LiveView.START + "--view live | (trap '' INT; cat)",
          "standard output is no terminal");
      assertLines(
          terminal, "true | " + LiveView.START + "--view live", "standard input is no terminal");
      assertLines(terminal, "TERM=dumb " + LiveView.START + "--view live", "TERM=dumb cannot move");
      assertLines(
          terminal,
          LiveView.START.replace("100ms", "0s") + "--view live",
          "server.report-every is 0s");
      // What nobody asked for is not missed aloud.
      assertLines(terminal, "TERM=dumb " + LiveView.START, "");
      terminal.line(LiveView.START + "--view live & true");
      terminal.await("no live view, lines instead: this is a background job");
      terminal.await("quiet since ");
      terminal.line("clear; kill %1");
      terminal.await("Per five-tuple");
      terminal.line("clear; wait");
      terminal.line("clear; setsid -w " + LiveView.START + "--view live");
      terminal.await("no live view, lines instead: there is no controlling terminal");
      terminal.java().children().forEach(ProcessHandle::destroy); // no key reaches it
      terminal.await("Per five-tuple");
    }
  }

  private static void assertLines(Tmux terminal, String command, String reason) throws Exception {
    terminal.line(command);
    String shown = terminal.await("stop       Ctrl-C");
    if (reason.isEmpty()) {
      assertThat(shown).doesNotContain("no live view");
    } else {
      assertThat(shown.replace("\n", "")).contains("no live view, lines instead: " + reason);
    }
    assertThat(terminal.fact("alternate_on")).isEqualTo("0");
    terminal.press("C-c");
    terminal.line("clear"); // read by the shell once the server has ended
    terminal.await(screen -> screen.strip().equals("$"));
  }

  @Test
  void shouldDrawNothingWhenThePortCannotBeBound() throws Exception {
    try (ServerProcess other = ServerProcess.start(Transport.automatic());
        Tmux terminal = Tmux.open(120, 24)) {
      terminal.line("stty -g >before");
      terminal.line(
          LiveView.START.replace("--port 0", "--port " + other.port())
              + "; echo code $?; stty -g >after; echo over");
      assertThat(terminal.await("\nover").replace("\n", ""))
          .contains("held by", "code 3")
          .doesNotContain("five-tuples");
      assertThat(Files.readString(terminal.file("after")))
          .isEqualTo(Files.readString(terminal.file("before")));
    }
  }

  /** A terminal whose other end sleeps: script(1) writes into a pipe that nobody reads. */
  @Test
  void shouldEchoAndStopAlthoughTheTerminalTakesNothing() throws Exception {
    Tool.require(Tool.SCRIPT);
    Process script =
        new ProcessBuilder("script", "-qec", "TERM=xterm exec " + LiveView.START, "/dev/null")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      int port = portOf(script);
      ProcessHandle server = script.toHandle().children().findFirst().orElseThrow();
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(200))
          .during(Duration.ofSeconds(2))
          .until(
              () -> {
                Shell.succeed("kill -CONT " + server.pid()); // draws the whole screen anew
                return isWritingToTheTerminal(server.pid());
              });
      try (Socket client = new Socket()) {
        client.connect(new InetSocketAddress("127.0.0.1", port), 5000);
        client.setSoTimeout(5000);
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
      }
      assertThat(isWritingToTheTerminal(server.pid())).isTrue(); // all the time
      server.destroy();
      // script(1) is stuck as well, and cannot take note of its child's end.
      await().atMost(Duration.ofSeconds(20)).until(() -> hasEnded(server.pid()));
    } finally {
      script.descendants().forEach(ProcessHandle::destroyForcibly);
      script.destroyForcibly();
    }
  }

  /** Whether a thread waits in a call on descriptor 1, as /proc/PID/task/TID/syscall shows. */
  private static boolean isWritingToTheTerminal(long pid) throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads.anyMatch(
          thread -> {
            try {
              String[] call = Files.readString(thread.resolve("syscall")).split(" ");
              return call.length > 1 && call[1].equals("0x1");
            } catch (IOException gone) {
              return false;
            }
          });
    }
  }

  private static boolean hasEnded(long pid) throws IOException {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  private static int portOf(Process script) throws IOException {
    StringBuilder said = new StringBuilder();
    Matcher port = LiveView.PORT.matcher(said);
    while (!port.reset().find()) {
      int octet = script.getInputStream().read();
      assertThat(octet).as("it ended early: %s", said).isNotNegative();
      said.append((char) octet);
    }
    return Integer.parseInt(port.group(1));
  }
}
