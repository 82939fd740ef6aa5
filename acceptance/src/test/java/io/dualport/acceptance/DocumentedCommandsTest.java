package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages tell their reader to type must work when it is pasted. */
class DocumentedCommandsTest {
  private static final List<String> PAGES =
      List.of(
          "README.md",
          "README.zh-CN.md",
          "SECURITY.md",
          "CONTRIBUTING.md",
          "docs/RELEASE.md",
          "docs/ADMIN.md",
          "docs/PERFORMANCE.md",
          "docs/SCALE.md",
          "docs/SYSTEMD.md",
          "docs/reference.md",
          "docs/server.md",
          "docs/check.md",
          "docs/check.zh-CN.md",
          "docs/load.md",
          "docs/verify.md",
          "docs/lab.md",
          "docs/lab.zh-CN.md",
          "docker/README.md",
          "k8s/README.md",
          "wireshark/README.md",
          "wireshark/CAPTURE.md",
          "wireshark/FILTERS.md",
          "wireshark/READ-THIS-CAPTURE.md");

  /** A program of ours with its arguments, as far as no shell's sign ends them. */
  private static final Pattern CALL =
      Pattern.compile("(?:dual |/dual-)(server|client|lab)(?:\\.jar)?((?: [^|;&<>()#`]*)?)");

  /** A bench in the middle of a sentence, perhaps on two lines. */
  private static final Pattern BENCH = Pattern.compile("`\\./dual bench ([^`]+)`");

  /** Where a bench is refused to write, once it has found everything else in order. */
  private static final String NOWHERE = "/there/is/no/such/folder/r.json";

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

  private static List<String> benches() throws IOException {
    List<String> typed = new ArrayList<>();
    for (String page : PAGES) {
      lines(page).stream()
          .filter(line -> line.startsWith("./dual bench "))
          .map(line -> line.substring("./dual bench ".length()).replaceFirst("#.*", "").strip())
          .forEach(typed::add);
      BENCH
          .matcher(Files.readString(ServerProcess.HOME.resolve(page)))
          .results()
          .map(span -> span.group(1).replaceAll("\\s+", " "))
          .forEach(typed::add);
    }
    return typed.stream().distinct().toList();
  }

  /** Benches take minutes; their arguments are looked at before. */
  @Test
  void shouldNameBenchesAndWhatTheyTake() throws Exception {
    List<String> benches = benches();
    assertThat(benches).hasSizeGreaterThan(8);
    for (String typed : benches) {
      String[] words = typed.split(" ");
      switch (words[0]) {
        case "server" -> assertTaken(typed);
        case "spread" -> bench(words.length == 2 ? typed + " 1000" : typed + " 10 1000", 0);
        case "jmh" -> assertThat(microBenchmarks()).contains(" " + words[1] + "(");
        default -> assertThat(bench(words[0] + " --help", 0).out()).contains("bench/" + words[0]);
      }
    }
  }

  private static Shell bench(String arguments, int code) throws Exception {
    Shell done = Shell.run("cd '%s' && ./dual bench %s".formatted(ServerProcess.HOME, arguments));
    assertThat(done.exitCode()).as("%s: %s%s", arguments, done.out(), done.err()).isEqualTo(code);
    return done;
  }

  private static void assertTaken(String typed) throws Exception {
    if (typed.endsWith("--list")) {
      bench(typed, 0);
      return;
    }
    String filled = typed.replace(" ROW ", " tcp-1x64 ").replace(" OLD", " .");
    assertThat(bench(filled + " --json " + NOWHERE, 2).err()).as(typed).contains(NOWHERE);
    String rows = bench("server --list", 0).out();
    for (MatchResult named : Pattern.compile("--rows (\\S+)").matcher(filled).results().toList()) {
      for (String row : named.group(1).split(",")) {
        assertThat(rows.lines()).as(typed).anyMatch(line -> line.startsWith(row + " "));
      }
    }
  }

  private static String microBenchmarks() throws IOException {
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.walk(ServerProcess.HOME.resolve("bench/micro/src"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
        sources.append(Files.readString(file));
      }
    }
    return sources.toString();
  }

  /** What the unit starts must be what the lines before have installed. */
  @Test
  void shouldInstallWhatTheUnitsName(@TempDir Path root) throws Exception {
    List<String> installs =
        lines("docs/SYSTEMD.md").stream()
            .filter(line -> line.startsWith("sudo install "))
            .map(line -> line.replace("sudo ", "").replace(" /", " " + root + "/"))
            .toList();
    assertThat(installs).isNotEmpty();
    Files.createDirectories(root.resolve("etc/systemd/system"));
    for (String install : installs) {
      Shell.succeed("cd '%s' && %s".formatted(ServerProcess.HOME, install));
    }
    String unit = Files.readString(root.resolve("etc/systemd/system/dualport.service"));
    MatchResult jar =
        Pattern.compile("-jar /(\\S+)").matcher(unit).results().findFirst().orElseThrow();
    assertThat(root.resolve(jar.group(1))).isRegularFile();
  }

  /** The ways to a port below 1024 that need no unit and change nothing outside of a namespace. */
  @Tag("kernel")
  @Test
  void shouldServeALowPortAsThePageOnSystemdSays() throws Exception {
    Tool.require(Tool.SETPRIV);
    List<String> lines = lines("docs/SYSTEMD.md");
    String ambient = lines.stream().filter(l -> l.startsWith("sudo setpriv ")).findFirst().get();
    String lower = lines.stream().filter(l -> l.startsWith("sudo sysctl ")).findFirst().get();
    String nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    for (boolean isLowered : List.of(false, true)) {
      try (PrivateNetwork network = new PrivateNetwork()) {
        List<String> prefix = new ArrayList<>(network.inside());
        if (isLowered) {
          assertThat(network.run(lower.replace("sudo ", "")).exitCode()).isZero();
        }
        String by = isLowered ? nobody : ambient.replace("sudo ", "").split(" java ")[0];
        prefix.addAll(List.of(by.split(" ")));
        try (ServerProcess server =
            ServerProcess.startBehind(
                prefix, Transport.automatic(), ambient.split("\\.jar ")[1].split(" "))) {
          assertThat(server.port()).isEqualTo(7);
        }
      }
    }
  }

  /** The lines for the server on the usual port, in a network where that port is free. */
  @Tag("kernel")
  @ParameterizedTest
  @ValueSource(strings = {"docs/check.md", "docs/check.zh-CN.md", "docs/load.md"})
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
  @Test
  void shouldShowTheTokenThatItMakes() throws Exception {
    String text = Files.readString(ServerProcess.HOME.resolve("docs/server.md"));
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
