package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages tell their reader to type must work when it is pasted. */
class DocumentedCommandsTest {
  private static final List<String> PAGES =
      List.of(
          "README.md",
          "README.zh-CN.md",
          "SECURITY.md",
          "docs/ADMIN.md",
          "docker/README.md",
          "k8s/README.md",
          "wireshark/README.md",
          "wireshark/CAPTURE.md",
          "wireshark/FILTERS.md",
          "wireshark/READ-THIS-CAPTURE.md");

  /** A program of ours with its arguments, as far as no shell's sign ends them. */
  private static final Pattern CALL =
      Pattern.compile("(?:dual |/dual-)(server|client|lab)(?:\\.jar)?((?: [^|;&<>()#`]*)?)");

  /** Not an option of any program: what stands before it is refused first, if it is not known. */
  private static final String UNKNOWN = "--this-is-not-an-option";

  /** Lines that fill the pages' time, cut short here. */
  private static final String SHORT = " --duration 300ms --warmup 0 --progress quiet";

  private static List<String> lines(String page) throws IOException {
    return Stream.concat(
            PrintedCommand.inConsoleBlocksOf(page).stream().map(PrintedCommand::line),
            PrintedCommand.blocks(page, "sh").stream())
        .filter(line -> !line.contains("<TAB>"))
        .toList();
  }

  /** Paths stand in a page as seen from the top of the checkout, or from the page's folder. */
  @Test
  void shouldBeginWithAProgramThatIsThere() throws Exception {
    for (String page : PAGES) {
      Path folder = ServerProcess.HOME.resolve(page).getParent();
      for (String line : lines(page)) {
        String program = line.replaceFirst("^\\(?(?:sudo |\\w+=\\S+ )*", "").split("[ )]")[0];

        assertThat(program).as("%s: %s", page, line).doesNotStartWith("dual-");
        if (program.contains("/") && !program.startsWith("/")) {
          assertThat(List.of(folder.resolve(program), ServerProcess.HOME.resolve(program)))
              .as("%s: %s", page, line)
              .anyMatch(Files::isExecutable);
        }
      }
    }
  }

  @Test
  void shouldNameCommandsAndOptionsThatThereAre() throws Exception {
    Map<String, String> calls = new LinkedHashMap<>();
    for (String page : PAGES) {
      for (MatchResult call : CALL.matcher(String.join("\n", lines(page))).results().toList()) {
        String typed = call.group(2).split("\n")[0].strip();
        if (!typed.isEmpty()) {
          // Once for those that differ in values alone.
          String shape = typed.replaceAll("(?<=[ =])[^- ]\\S*[:.0-9]\\S*", "x");
          calls.putIfAbsent(call.group(1) + " " + shape, call.group(1) + " " + typed);
        }
      }
    }
    assertThat(calls).hasSizeGreaterThan(10);
    for (String call : calls.values()) {
      String part = call.substring(0, call.indexOf(' '));
      Path jar = ServerProcess.HOME.resolve("%s/target/dual-%s.jar".formatted(part, part));
      Shell refused =
          Shell.run(
              String.join(" ", ServerProcess.java(jar))
                  + call.substring(part.length())
                  + " "
                  + UNKNOWN);

      assertThat(refused.err()).as(call).contains("unknown option '" + UNKNOWN + "'");
    }
  }

  /** The lines for the server on the usual port, in a network where that port is free. */
  @Tag("kernel")
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "README.zh-CN.md"})
  void shouldWorkAgainstTheServer(String page) throws Exception {
    Tool.require(Tool.JQ);
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(network.inside(), Transport.automatic(), "--port", "8888")) {
      assertThat(server.port()).isEqualTo(8888);
      List<String> calls =
          lines(page).stream()
              .filter(line -> line.startsWith("./dual client ") && line.contains(":8888"))
              .filter(line -> line.contains("127.0.0.1") && !line.contains(".json"))
              .map(line -> line.contains(" load ") ? line.replaceFirst(" *#.*|$", SHORT) : line)
              .toList();

      assertThat(calls).isNotEmpty();
      for (String call : calls) {
        Shell done = network.run("cd '%s' && %s".formatted(ServerProcess.HOME, call));

        assertThat(done.exitCode()).as("%s: %s%s", call, done.out(), done.err()).isZero();
        if (call.contains("echo")) {
          assertThat(done.out()).isEqualTo("both work\n");
        }
      }
    }
  }

  /** Who sets a token must see it, to be able to use it. */
  @ParameterizedTest
  @ValueSource(strings = {"README.md", "README.zh-CN.md"})
  void shouldShowTheTokenThatItMakes(String page) throws Exception {
    String text = Files.readString(ServerProcess.HOME.resolve(page));
    MatchResult command =
        Pattern.compile("`(export DUAL_SERVER_ADMIN_TOKEN=[^`]*)`")
            .matcher(text)
            .results()
            .findFirst()
            .orElseThrow();

    String shown =
        Shell.succeed(command.group(1) + " && echo && echo \"$DUAL_SERVER_ADMIN_TOKEN\"");

    assertThat(shown).matches("([0-9a-f]{32})\n\n\\1");
    assertThat(text.substring(command.end())).contains("`./dual server --admin ");
  }
}
