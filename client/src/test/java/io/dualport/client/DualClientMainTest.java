package io.dualport.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.command.ExitStatus;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole program, as the shell sees it. */
class DualClientMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private ExitStatus run(String... args) {
    return DualClientMain.start(args, Map.of(), print(out), print(err));
  }

  @Test
  void shouldShowBothProtocolsSideBySideAndConclude() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      assertThat(run("localhost:" + echo.port())).isEqualTo(ExitStatus.OPEN);

      int source = echo.tcpPeers().get(0).getPort();
      List<String> lines = text(out).lines().toList();
      assertThat(lines.get(0))
          .isEqualTo(
              "send to localhost:%1$d (127.0.0.1:%1$d): 5 messages of 128 bytes on TCP and UDP"
                  .formatted(echo.port()));
      assertThat(lines.subList(1, 11))
          .allMatch(line -> line.matches("(TCP|UDP) [0-4]: back in .*"));
      assertThat(lines.get(11)).isEmpty();
      assertThat(lines.get(12))
          .startsWith("send to localhost:%1$d (127.0.0.1:%1$d), run ".formatted(echo.port()));
      assertThat(text(out))
          .containsPattern("(?m)^ +TCP +UDP$")
          .containsPattern("(?m)^verdict +open +open$")
          .containsPattern("(?m)^sent +5 +5$")
          .containsPattern("(?m)^rtt p99 +\\S+ [µm]s +\\S+ [µm]s$")
          .containsPattern("(?m)^sent from +127.0.0.1:%1$d +127.0.0.1:%1$d$".formatted(source))
          .containsPattern("(?m)^on the way +not stamped +not stamped$")
          .contains(
              ("\nSame source port %d, same destination: the two five-tuples differ in the protocol"
                      + " alone; the kernel kept them apart.\n")
                  .formatted(source));
      assertThat(text(err)).isEmpty();
    }
  }

  @Test
  void shouldWriteRawNumbersForPrograms() throws Exception {
    try (PlainEcho echo = PlainEcho.udp(PlainEcho.UDP_SILENCE)) {
      ExitStatus status =
          run("send", "127.0.0.1:" + echo.port(), "--format", "json", "--timeout=200ms");

      assertThat(status).isEqualTo(ExitStatus.NOT_OPEN);
      JsonNode rows = new ObjectMapper().readTree(text(out)).get("rows");
      assertThat(rows).hasSize(2);
      assertThat(rows.get(0).get("protocol").asText()).isEqualTo("tcp");
      assertThat(rows.get(0).get("echoed").asInt()).isEqualTo(5);
      assertThat(rows.get(0).get("rttP50Nanos").isIntegralNumber()).isTrue();
      assertThat(rows.get(0).get("path").asText()).isEqualTo("not-stamped");
      assertThat(rows.get(1).get("verdict").asText()).isEqualTo("silent");
      assertThat(rows.get(1).get("rttP50Nanos").isNull()).isTrue();
      assertThat(rows.get(1).get("errno").isNull()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "send ", "check "})
  void shouldTakeHostAndPortAsTwoWords(String command) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      String line = command + "127.0.0.1 " + echo.port();

      assertThat(run(line.split(" "))).as(text(err)).isEqualTo(ExitStatus.OPEN);
    }
  }

  /** Byte by byte; picocli would read words from a file that is named so. */
  @Test
  void shouldSendWhatAFileHolds(@TempDir Path folder) throws Exception {
    byte[] bytes = {'p', ' ', '#', '\r', '\n', 0, (byte) 0xff};
    Path file = Files.write(folder.resolve("question"), bytes);
    PlainEcho.Answer exact =
        (datagram, from) -> List.of(Arrays.equals(datagram, bytes) ? "yes".getBytes() : datagram);
    try (PlainEcho server = PlainEcho.udp(exact)) {
      String line = "check 127.0.0.1 %d --protocol udp --send @%s --expect yes";

      assertThat(run(line.formatted(server.port(), file).split(" ")))
          .as(text(out) + text(err))
          .isEqualTo(ExitStatus.OPEN);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/zero", "/nonexistent", "/proc", ""})
  void shouldRefuseAFileThatIsNoQuestion(String file) {
    assertThat(run("check", "127.0.0.1:9", "--send", "@" + file, "--expect-any"))
        .isEqualTo(ExitStatus.REFUSED_INPUT);
    assertThat(text(err)).contains("client.check.send = @" + file);
  }

  @Test
  void shouldWriteMarkdown() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      run("127.0.0.1:" + echo.port(), "--format", "markdown", "--protocol", "udp");

      assertThat(text(out))
          .doesNotContain("back in")
          .contains("\n|  | UDP |\n| --- | --- |\n| verdict | open |\n");
    }
  }

  @Test
  void shouldPrintTheSummaryAloneIfNothingElseIsWanted() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      run("127.0.0.1:" + echo.port(), "--progress", "quiet");

      assertThat(text(out)).startsWith("send to 127.0.0.1:").doesNotContain("back in", "\n\n");
    }
  }

  @Test
  void shouldConcludeNoMoreThanWasSeen() throws Exception {
    try (PlainEcho echo = PlainEcho.udp(PlainEcho.UDP_SILENCE)) {
      run("127.0.0.1:" + echo.port(), "--timeout", "200ms");
      assertThat(text(out))
          .contains(
              "\nPort %d, from here: works on TCP, but does not work on UDP.\n"
                  .formatted(echo.port()));
    }
    run("no-such-host.invalid:7");
    assertThat(text(out)).endsWith("Port 7, from here: could not be tried on TCP and UDP.\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
                                    | Missing required parameter: 'HOST:PORT'
          localhost                 | HOST:PORT = localhost (from the command line): must be
          h:1 --wat                 | unknown option '--wat'
          h:1 --protcol=tcp         | unknown option '--protcol': did you mean --protocol?
          --protcol tcp h:1         | unknown option '--protcol': did you mean --protocol?
          chek h:1                  | unknown command 'chek': did you mean check?
          chek                      | unknown command 'chek': did you mean check?
          verfy x.pcapng            | unknown command 'verfy': did you mean verify?
          ping h:1                  | unknown command 'ping': known are send, check, load, merge, verify, completion
          check h 1 2               | HOST:PORT = h 1 2 (from the command line): must be
          h:1 --count 0             | client.count = 0 (from --count): must be a whole number
          h:1 --config nowhere.conf | configuration file nowhere.conf does not exist
          h:1 --count 1 --count 2   | option '--count' (N) should be specified only once
          h:1 i:2                   | HOST:PORT = h:1 i:2 (from the command line): must be
          """)
  void shouldRefuseWithTwoWhatItDoesNotUnderstand(String line, String message) {
    String[] args = line == null ? new String[0] : line.split(" ");

    assertThat(run(args)).isEqualTo(ExitStatus.REFUSED_INPUT);
    assertThat(text(err)).startsWith("dual-client: " + message);
    assertThat(text(out)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"--help", "send --help"})
  void shouldListExitCodesAndExamplesInHelp(String line) {
    assertThat(run(line.split(" "))).isEqualTo(ExitStatus.OPEN);

    assertThat(text(out)).contains("Examples:", "dual-client localhost:8888");
    for (ExitStatus status : ExitStatus.values()) {
      assertThat(text(out).replaceAll("\\s+", " "))
          .contains(" " + status.code() + " " + status.meaning());
    }
    assertThat(text(out).lines()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(100));
  }

  @Test
  void shouldPrintNoResultOfLogsThatCannotBeMerged() {
    assertThat(run("merge", "no-such.hlog")).isEqualTo(ExitStatus.REFUSED_INPUT);
    assertThat(text(err)).isEqualTo("dual-client: no-such.hlog does not exist\n");
    assertThat(text(out)).isEmpty();
    assertThat(run("merge")).isEqualTo(ExitStatus.REFUSED_INPUT);
    assertThat(text(err)).contains("Missing required parameter: 'FILE'");
  }

  @Test
  void shouldPrintNoScriptForAnUnknownShell() {
    assertThat(run("completion", "fish")).isEqualTo(ExitStatus.REFUSED_INPUT);
    assertThat(text(err)).startsWith("dual-client: no completion for 'fish': must be bash or zsh");
    assertThat(text(out)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"merge", "completion"})
  void shouldListItsOwnExitCodesWhereACommandHasSome(String command) {
    assertThat(run(command, "--help")).isEqualTo(ExitStatus.OPEN);

    assertThat(text(out))
        .contains(
            "Examples:",
            "dual-client " + command,
            "\n  2     bad command line",
            "\n  141   nobody reads")
        .doesNotContain(ExitStatus.OPEN.meaning());
    assertThat(text(out).lines()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(100));
  }

  @Test
  void shouldPrintItsVersion() {
    assertThat(run("--version")).isEqualTo(ExitStatus.OPEN);
    assertThat(text(out)).startsWith("dual-client ");
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  @Test
  void shouldLoadBothProtocolsAndShowTheResultAlone() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ExitStatus status =
          run(
              "load",
              "--connect-per-message",
              "127.0.0.1:" + echo.port(),
              "--duration=200ms",
              "--warmup=0",
              "--report-every=100ms");

      assertThat(status).as(text(out) + text(err)).isEqualTo(ExitStatus.OPEN);
      assertThat(text(out))
          .containsPattern("(?m)^ +TCP +UDP$")
          .containsPattern("(?m)^latency p99 +\\S+ [µm]s +\\S+ [µm]s$")
          .contains("a new TCP connection for each message")
          .contains("coordinated omission");
      assertThat(text(err)).containsPattern("(?m)^ +0\\.1 s +UDP +[0-9,.]+ msg/s.* lost 0 %");
    }
  }

  @Test
  void shouldWriteTheLoadForPrograms() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      run(
          "load",
          "127.0.0.1:" + echo.port(),
          "--rate=1000",
          "--duration=200ms",
          "--warmup=0",
          "--progress=quiet",
          "--format=json");

      assertThat(text(err)).isEmpty();
      JsonNode udp = new ObjectMapper().readTree(text(out)).get("rows").get(1);
      assertThat(udp.get("mode").asText()).isEqualTo("open");
      assertThat(udp.get("ratePerSecond").asInt()).isEqualTo(1000);
      assertThat(udp.get("echoed").asLong()).isEqualTo(udp.get("sent").asLong()).isPositive();
      assertThat(udp.get("latencyP999Nanos").isIntegralNumber()).isTrue();
      assertThat(udp.get("balanced").asText()).isEqualTo("yes");
      assertThat(udp.get("interrupted").asText()).isEqualTo("no");
    }
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
