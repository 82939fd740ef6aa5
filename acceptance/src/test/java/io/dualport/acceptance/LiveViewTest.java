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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The live view on a real terminal: what it shows, what its keys do, how it leaves. */
class LiveViewTest {
  private static final String SERVER =
      "-jar " + ServerProcess.SERVER_JAR + " --port 0 --report-every 100ms ";
  private static final String START = "java " + SERVER;

  /** What "dual-client send" sends, where nobody asks for another size. */
  private static final int MESSAGE_BYTES = 128;

  private static final Pattern PORT = Pattern.compile("port (\\d+) on TCP and UDP");

  @BeforeEach
  void needsATerminal() {
    Tool.require(Tool.TMUX);
  }

  @ParameterizedTest
  @MethodSource("io.dualport.acceptance.ConsoleTest#javas")
  void shouldShowWhatPassesByItselfOnATerminal(String java) throws Exception {
    Tool.require(Tool.NC);
    try (Tmux terminal = Tmux.open(120, 40)) {
      terminal.line("'" + java + "' -Dio.netty.transport.noNative=true " + SERVER);
      int port = awaitPicture(terminal);
      assertThat(terminal.screen()).contains("none yet; try:", "nio", "LISTEN", "UNCONN");

      assertThat(send(port, 50).exitCode()).isZero();
      String shown =
          terminal.await(screen -> screen.contains(" 1 accepted") && total(screen, "in", 50));
      assertThat(total(shown, "out", 50)).isTrue();
      assertThat(shown).contains("twins: only the protocol differs", "closed   peer 1");
      List<String> twins = shown.lines().filter(line -> line.contains("⇄  127")).toList();
      assertThat(twins).hasSize(2);
      assertThat(twins.stream().map(line -> line.split(" +")[2]).distinct()).hasSize(1);

      // One connection that stays, and one datagram that an echo of ours could have sent.
      try (Socket open = new Socket("127.0.0.1", port)) {
        Shell.succeed(
            "echo x | timeout 2 nc.openbsd -u -q 0 -s 127.0.0.2 -p %d 127.0.0.1 %d; true"
                .formatted(port, port));
        terminal.await("dropped  own port 1");
        String kernel = terminal.await("ESTABLISHED 1");
        assertThat(kernel).contains("connections  1 open, 2 accepted", "1 dropped");
        assertThat(open.isConnected()).isTrue();
      }
      terminal.press("q");
      terminal.await("dropped at this port's UDP sockets");
      assertThat(terminal.history())
          .contains("Dualport: port " + port, "Per five-tuple", "differ in the protocol alone")
          .doesNotContain("WARNING", "BUG");
    }
  }

  @Test
  void shouldOrderFilterPauseAndExplain() throws Exception {
    try (Tmux terminal = Tmux.open(120, 40)) {
      terminal.line(START);
      int port = awaitPicture(terminal);
      for (int count : new int[] {30, 10, 20}) {
        assertThat(send(port, count).exitCode()).isZero();
      }
      terminal.await(screen -> total(screen, "in", 60));

      terminal.press("7");
      terminal.await("bytes▼");
      terminal.await(screen -> messages(screen).equals(List.of(30, 30, 20, 20, 10, 10)));
      terminal.press("r");
      terminal.await(screen -> messages(screen).equals(List.of(10, 10, 20, 20, 30, 30)));
      terminal.press("Left");
      terminal.await("messages▼");

      terminal.press("7", "/", "u", "d", "p");
      terminal.await("filter: udp");
      terminal.press("Enter");
      String filtered = terminal.await("1 to 3 of 3");
      assertThat(messages(filtered)).containsExactly(30, 20, 10);
      terminal.press("Escape");
      terminal.await("1 to 6 of 6");

      terminal.press("?");
      terminal.await("list only what contains a text");
      terminal.press("?", "p");
      terminal.await("PAUSED");
      assertThat(send(port, 7).exitCode()).isZero();
      terminal.resize(121, 40); // is drawn at once, and still what it was
      assertThat(terminal.await(screen -> total(screen, "in", 60))).contains("PAUSED");
      terminal.press("Space");
      terminal.await(screen -> total(screen, "in", 67) && !screen.contains("PAUSED"));
    }
  }

  @Test
  void shouldFillAnySizeAtOnce() throws Exception {
    try (Tmux terminal = Tmux.open(80, 24)) {
      terminal.line("java -jar " + ServerProcess.SERVER_JAR + " --port 0 --report-every 1h");
      awaitPicture(terminal);
      for (int[] size : new int[][] {{40, 10}, {200, 60}, {20, 4}, {80, 24}}) {
        terminal.resize(size[0], size[1]);
        // The next reading is an hour away: only the change of size can have drawn it.
        String shown =
            terminal.await(
                screen -> {
                  List<String> lines = screen.lines().toList();
                  return lines.size() == size[1]
                      && lines.get(0).startsWith("Dualport")
                      && lines.get(0).stripTrailing().length() == size[0]
                      && lines.get(size[1] - 1).startsWith("q quit");
                });
        assertThat(shown.lines()).allSatisfy(line -> assertThat(line).hasSizeBetween(0, size[0]));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "INT", "C-c", "TERM"})
  void shouldLeaveTheTerminalAsItWas(String end) throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line("stty -g >before; echo written before; mkdir tmp");
      terminal.line(
          START.replace("java ", "java -Djava.io.tmpdir=tmp ")
              + "; echo code $?; stty -g >after; echo all over");
      int port = awaitPicture(terminal);
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

  @Test
  void shouldDrainInSightAndStopWithTheFinalTables() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(START + "--drain 1h");
      try (Socket open = new Socket("127.0.0.1", awaitPicture(terminal))) {
        terminal.await("1 open");
        terminal.press("q");
        terminal.await("1 connection open: q again to stop");
        terminal.press("x");
        terminal.await(screen -> screen.contains("q quit") && !screen.contains("STOPPING"));
        terminal.press("q", "q");
        terminal.await("STOPPING");
        terminal.await("waiting for 1 connection to end, 1 h at most");
        assertThat(open.isConnected()).isTrue();
      }
      terminal.await("Per five-tuple");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q", "C-c"})
  void shouldEndWhatIsOpenWhenToldToStopOnceMore(String key) throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(START + "--drain 1h");
      try (Socket open = new Socket("127.0.0.1", awaitPicture(terminal))) {
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
  void shouldObeyNoPastedText() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(START);
      awaitPicture(terminal);
      terminal.paste("hello quit");
      terminal.press("/");
      terminal.await("filter: ");
      terminal.paste("udp");
      terminal.await("filter: udp");
    }
  }

  @Test
  void shouldSuspendToTheShellAndComeBack() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(START);
      awaitPicture(terminal);
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
      terminal.line(START);
      awaitPicture(terminal);
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
  void shouldShowALogLineInThePictureAndPrintItAfterwards() throws Exception {
    Tool.require(Tool.PRLIMIT);
    List<Socket> open = new ArrayList<>();
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(START + "--drain 0s");
      int port = awaitPicture(terminal);
      long pid = terminal.java().pid();
      int used = Integer.parseInt(Shell.succeed("ls /proc/" + pid + "/fd | wc -l"));
      Shell.succeed("prlimit --pid %d --nofile=%d:%d".formatted(pid, used + 2, used + 2));
      for (int i = 0; i < 20; i++) {
        open.add(new Socket("127.0.0.1", port));
      }
      String shown = terminal.await("accepts failed");
      List<String> lines = shown.lines().toList();
      assertThat(lines).hasSize(30);
      assertThat(lines.get(28)).contains("WARN", "cannot accept on");
      assertThat(lines.get(0)).startsWith("Dualport");
      assertThat(shown.split("cannot accept on")).hasSize(2);
      terminal.press("q", "q");
      terminal.await("Per five-tuple");
      assertThat(terminal.history()).contains("cannot accept on", "EMFILE");
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void shouldColourOnlyWhereColoursAreWanted() throws Exception {
    Pattern colour = Pattern.compile("\033\\[[0-9;]*3[1-7]m");
    for (String noColor : new String[] {"", "1"}) {
      try (Tmux terminal = Tmux.open(80, 24)) {
        terminal.line("NO_COLOR=" + noColor + " " + START);
        awaitPicture(terminal);
        assertThat(colour.matcher(terminal.coloured()).find()).isEqualTo(noColor.isEmpty());
      }
    }
  }

  @Test
  void shouldPrintLinesWhereThereIsNoTerminalToDrawOn() throws Exception {
    try (Tmux terminal = Tmux.open(120, 40)) {
      assertLines(
          terminal, START + "--view live | (trap '' INT; cat)", "standard output is no terminal");
      assertLines(terminal, "true | " + START + "--view live", "standard input is no terminal");
      assertLines(terminal, "TERM=dumb " + START + "--view live", "TERM=dumb cannot move");
      assertLines(
          terminal, START.replace("100ms", "0s") + "--view live", "server.report-every is 0s");
      // What nobody asked for is not missed aloud.
      assertLines(terminal, "TERM=dumb " + START, "");
      terminal.line(START + "--view live & true");
      terminal.await("no live view, lines instead: this is a background job");
      terminal.await(screen -> screen.contains(" msg/s in, "));
      terminal.line("clear; kill %1");
      terminal.await("Per five-tuple");
      terminal.line("clear; wait");
      terminal.line("clear; setsid -w " + START + "--view live");
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
  void shouldShowTheProgressOfALoadInTheSameHand() throws Exception {
    try (ServerProcess server = ServerProcess.start(Transport.automatic());
        Tmux terminal = Tmux.open(100, 40)) {
      terminal.line(
          "java -jar %s load 127.0.0.1:%d --rate 200 --duration 3s --warmup 0s --report-every 200ms"
              .formatted(ServerProcess.CLIENT_JAR, server.port()));
      String progress =
          terminal.await(screen -> screen.contains("░") && screen.contains("1 s left"));
      assertThat(progress).containsPattern("msg/s +bytes/s +p50 +p99 +lost +conns +errors");
      for (String protocol : new String[] {"TCP", "UDP"}) {
        assertThat(progress)
            .containsPattern("\n" + protocol + " +\\d+ +[0-9.]+ kB .* 0.00 % +1 +0  [▁-█]+\n");
      }
      String result = terminal.await("every byte compared");
      assertThat(result)
          .contains("echoed/s")
          .doesNotContain(" left", "░", "waiting for", "conns  errors");
      server.stop();
    }
  }

  @Test
  void shouldDrawNothingWhenThePortCannotBeBound() throws Exception {
    try (ServerProcess other = ServerProcess.start(Transport.automatic());
        Tmux terminal = Tmux.open(120, 24)) {
      terminal.line("stty -g >before");
      terminal.line(
          START.replace("--port 0", "--port " + other.port())
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
        new ProcessBuilder("script", "-qec", "TERM=xterm exec " + START, "/dev/null")
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
    Matcher port = PORT.matcher(said);
    while (!port.reset().find()) {
      int octet = script.getInputStream().read();
      assertThat(octet).as("it ended early: %s", said).isNotNegative();
      said.append((char) octet);
    }
    return Integer.parseInt(port.group(1));
  }

  /** Waits for the first picture; returns the port in its title. */
  private static int awaitPicture(Tmux terminal) throws Exception {
    String shown =
        terminal.await(screen -> screen.contains("Dualport  port ") && screen.contains("q quit"));
    Matcher port = PORT.matcher(shown);
    assertThat(port.find()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  private static Shell send(int port, int count) throws Exception {
    return Shell.run(
        List.of(
            ServerProcess.java(),
            "-jar",
            ServerProcess.CLIENT_JAR.toString(),
            "send",
            "127.0.0.1:" + port,
            "--count",
            String.valueOf(count)));
  }

  /** Whether both protocols show the bytes of so many messages in one direction. */
  private static boolean total(String screen, String direction, int messages) {
    String half =
        "%s +\\S+ +\\S+ \\S?B +\\d+ +%.2f kB *"
            .formatted(direction, messages * MESSAGE_BYTES / 1e3);
    return Pattern.compile("(?m)^" + half + half + "$").matcher(screen).find();
  }

  /** The column "bytes" of the five-tuples, from above, as messages. */
  private static List<Integer> messages(String screen) {
    return screen
        .lines()
        .filter(line -> line.matches("(tcp|udp) .* 127\\.0\\.0\\.1:.* \\d\\.\\d\\d kB +\\d+ .*"))
        .map(line -> line.replaceFirst("^.* (\\d\\.\\d\\d) kB +\\d+ .*$", "$1"))
        .map(kilobytes -> (int) Math.round(Double.parseDouble(kilobytes) * 1e3 / MESSAGE_BYTES))
        .toList();
  }
}
