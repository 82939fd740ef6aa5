package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The live view on a real terminal: what it shows, and what its keys do. */
@Tag("every-java")
class LiveViewTest {
  /** What "dual-client send" sends, where nobody asks for another size. */
  private static final int MESSAGE_BYTES = 128;

  @BeforeEach
  void needsATerminal() {
    Tool.require(Tool.TMUX);
  }

  @ParameterizedTest
  @MethodSource("io.dualport.acceptance.ConsoleTest#javas")
  void shouldShowWhatPassesByItselfOnATerminal(String java) throws Exception {
    Tool.require(Tool.NC);
    try (Tmux terminal = Tmux.open(120, 40)) {
      terminal.line("'" + java + "' -Dio.netty.transport.noNative=true " + LiveView.SERVER);
      int port = LiveView.awaitPicture(terminal);
      assertThat(terminal.screen()).contains("none yet; try:", "nio", "LISTEN", "UNCONN");

      assertThat(send(port, 50).exitCode()).isZero();
      String shown =
          terminal.await(
              screen ->
                  screen.contains(" 1 accepted")
                      && total(screen, "in", 50)
                      && total(screen, "out", 50));
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
      terminal.await("The kernel's count meanwhile");
      assertThat(terminal.history())
          .contains("Dualport: port " + port, "Per five-tuple", "differ in the protocol alone")
          .doesNotContain("WARNING", "BUG");
    }
  }

  @Test
  void shouldOrderFilterPauseAndExplain() throws Exception {
    try (Tmux terminal = Tmux.open(120, 40)) {
      terminal.line(LiveView.START);
      int port = LiveView.awaitPicture(terminal);
      for (int count : new int[] {30, 10, 20}) {
        assertThat(send(port, count).exitCode()).isZero();
      }
      terminal.await(screen -> total(screen, "in", 60));

      terminal.press("8");
      terminal.await("bytes▼");
      terminal.await(screen -> messages(screen).equals(List.of(30, 30, 20, 20, 10, 10)));
      terminal.press("r");
      terminal.await(screen -> messages(screen).equals(List.of(10, 10, 20, 20, 30, 30)));
      terminal.press("Left", "Left");
      terminal.await("messages▼");

      terminal.press("8", "/", "u", "d", "p");
      terminal.await("filter: udp");
      terminal.press("Enter");
      String filtered = terminal.await("1 to 3 of 3");
      assertThat(messages(filtered)).containsExactly(30, 20, 10);
      terminal.press("Escape");
      terminal.await("1 to 6 of 6");
      terminal.press("t");
      terminal.await(screen -> screen.contains("with \"twins\"") && screen.contains("1 to 6 of 6"));
      terminal.press("t", "8", "?");
      terminal.await("list only what has every word");
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
      LiveView.awaitPicture(terminal);
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

  @Test
  void shouldDrainInSightAndStopWithTheFinalTables() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START + "--drain 1h");
      try (Socket open = new Socket("127.0.0.1", LiveView.awaitPicture(terminal))) {
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

  @Test
  void shouldObeyNoPastedText() throws Exception {
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START);
      LiveView.awaitPicture(terminal);
      terminal.paste("hello quit");
      terminal.press("/");
      terminal.await("filter: ");
      terminal.paste("udp");
      terminal.await("filter: udp");
    }
  }

  @Test
  void shouldShowALogLineInThePictureAndPrintItAfterwards() throws Exception {
    Tool.require(Tool.PRLIMIT);
    List<Socket> open = new ArrayList<>();
    try (Tmux terminal = Tmux.open(100, 30)) {
      terminal.line(LiveView.START + "--drain 0s");
      int port = LiveView.awaitPicture(terminal);
      long pid = terminal.java().pid();
      int used = Integer.parseInt(Shell.succeed("ls /proc/" + pid + "/fd | wc -l"));
      Shell.succeed("prlimit --pid %d --nofile=%d:%d".formatted(pid, used + 2, used + 2));
      for (int i = 0; i < 20; i++) {
        open.add(new Socket("127.0.0.1", port));
      }
      // The line comes from another thread, maybe a picture later.
      String shown =
          terminal.await(s -> s.contains("accepts failed") && s.contains("cannot accept on"));
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
        terminal.line("NO_COLOR=" + noColor + " " + LiveView.START);
        LiveView.awaitPicture(terminal);
        assertThat(colour.matcher(terminal.coloured()).find()).isEqualTo(noColor.isEmpty());
      }
    }
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
            .containsPattern(
                "\n" + protocol + " +[0-9.,]+ +[0-9.]+ k?B .* (0 %|-) +1 +0  [▁-█]+\n");
      }
      String result = terminal.await("every byte compared");
      assertThat(result)
          .contains("echoed/s")
          .doesNotContain(" left", "░", "waiting for", "conns  errors");
      server.stop();
    }
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
