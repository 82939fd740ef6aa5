package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real shells complete; what there is to complete, the programs' own help tells. */
@Tag("kernel")
class CompletionTest {
  private static final Pattern COMMAND = Pattern.compile("(?m)^  ([a-z-]+)  ");
  private static final Pattern OPTION =
      Pattern.compile("(?m)^ {2,6}(?:-[a-zA-Z], )?(--[a-z-]+)(?:=(\\S+))?");
  private static final Path DUAL = ServerProcess.HOME.resolve("dual");

  /**
   * What a program's help says.
   *
   * @param fallback the command that is meant where none is typed; empty if the program itself
   * @param options by command, the empty one being the program itself: the option's name with what
   *     follows its =, empty if nothing does
   */
  private record Program(String part, String fallback, Map<String, Map<String, String>> options) {
    static Program of(String part, String fallback) throws Exception {
      String help = printed(part, "--help");
      Map<String, Map<String, String>> options = new LinkedHashMap<>();
      options.put("", optionsIn(help));
      if (help.contains("\nCommands")) {
        String commands = section(help, "\nCommands");
        for (MatchResult command : COMMAND.matcher(commands).results().toList()) {
          options.put(command.group(1), optionsIn(printed(part, command.group(1) + " --help")));
        }
      }
      if (!fallback.isEmpty()) {
        options.put("", options.get(fallback));
      }
      return new Program(part, fallback, options);
    }

    private static Map<String, String> optionsIn(String help) {
      Map<String, String> options = new LinkedHashMap<>();
      OPTION
          .matcher(section(help, help.contains("\nOptions") ? "\nOptions" : "Usage"))
          .results()
          .forEach(o -> options.put(o.group(1), o.group(2) == null ? "" : o.group(2)));
      return options;
    }

    /** From a heading to the empty line behind it. */
    private static String section(String help, String heading) {
      int begin = help.indexOf(heading);
      int end = help.indexOf("\n\n", begin);
      return help.substring(begin, end < 0 ? help.length() : end);
    }

    List<String> commands() {
      return options.keySet().stream().filter(name -> !name.isEmpty()).toList();
    }

    /** The lines that begin a command, each after every way to name the program. */
    List<String> begins(String command) {
      String words = command.isEmpty() ? "" : command + " ";
      return Stream.of("dual-" + part, "./dual " + part, "/opt/dualport/dual " + part)
          .map(program -> program + " " + words)
          .toList();
    }
  }

  private static final Map<String, String> OTHERS_IN_ZSH =
      Map.of(
          "dual-client merge x on", "dual-client merge x one\\ file.hlog",
          "dual-client completion z", "dual-client completion zsh",
          "dual-client host:1 --timeou", "dual-client host:1 --timeout=",
          "dual-lab run 1 10-l", "dual-lab run 1 10-long",
          "./dual cl", "./dual client",
          "./dual bench mem", "./dual bench memory",
          "./dual capture --sec", "./dual capture --seconds");

  private static final List<Program> PROGRAMS = new ArrayList<>();

  /** The launcher's script for each shell. */
  @TempDir private static Path scripts;

  @TempDir private Path folder;

  @BeforeAll
  static void readHelpAndPrintScripts() throws Exception {
    for (String shell : List.of("bash", "zsh")) {
      Shell.succeed("'%s' completion %s > '%s/%s'".formatted(DUAL, shell, scripts, shell));
    }
    PROGRAMS.clear();
    PROGRAMS.add(Program.of("client", "send"));
    PROGRAMS.add(Program.of("server", ""));
    PROGRAMS.add(Program.of("lab", ""));
    assertThat(PROGRAMS.get(0).commands()).contains("send", "merge", "completion");
    assertThat(PROGRAMS.get(0).options().get("send")).containsEntry("--protocol", "both|tcp|udp");
    assertThat(PROGRAMS.get(1).options().get("")).containsKeys("--port", "--view", "--config");
    assertThat(PROGRAMS.get(2).commands()).contains("list", "run", "matrix", "docs");
  }

  @BeforeEach
  void makeAFile() throws Exception {
    Files.createFile(folder.resolve("one file.hlog"));
  }

  private static String printed(String part, String arguments) throws Exception {
    return Shell.succeed("'%s' -jar '%s' %s".formatted(ServerProcess.java(), jar(part), arguments));
  }

  private static Path jar(String part) {
    return ServerProcess.HOME.resolve("%s/target/dual-%s.jar".formatted(part, part));
  }

  /** What a shell makes of each line, in a folder with one file. */
  private Map<String, String> ask(String shell, String driver, List<String> lines)
      throws Exception {
    Path questions = Files.write(scripts.resolve("questions"), lines);
    Path script = scripts.resolve(shell.split(" ")[0]);
    String answers =
        Shell.succeed(
            "cd '%s' && %s '%s' '%s' < '%s'"
                .formatted(folder, shell, resource(driver), script, questions));
    List<String> answered = answers.lines().toList();
    assertThat(answered).hasSameSizeAs(lines);
    Map<String, String> byLine = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      byLine.put(lines.get(i), answered.get(i));
    }
    return byLine;
  }

  private static Path resource(String name) {
    return Path.of("src", "test", "resources", "completion", name).toAbsolutePath();
  }

  private static List<String> alternatives(String label) {
    return label.contains("|")
        ? Stream.of(label.split("\\|")).filter(word -> word.matches("[a-z0-9_-]+")).toList()
        : List.of();
  }

  private static boolean takesFile(String label) {
    return List.of(label.split("\\|")).contains("FILE");
  }

  @Test
  void shouldOfferEveryCommandOptionAndValueInBash() throws Exception {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (Program program : PROGRAMS) {
      program
          .options()
          .forEach(
              (command, options) ->
                  program.begins(command).forEach(line -> expectInBash(expected, line, options)));
      if (!program.commands().isEmpty()) {
        program.begins("").forEach(line -> expected.put(line, program.commands()));
      }
    }
    expected.put("dual-server ", List.copyOf(PROGRAMS.get(1).options().get("").keySet()));
    expected.put("dual-client merge ", List.of("one file.hlog"));
    expected.put("dual-client merge x one", List.of("one file.hlog"));
    expected.put("dual-client completion ", List.of("bash", "zsh"));
    expected.put("dual-client --protocol = u", List.of("udp"));
    expected.put("dual-client host : 1 --timeou", List.of("--timeout"));
    expected.put("dual-client send --protocol udp --prot", List.of());
    expected.put("dual-lab run 1 10-", List.of("10-long"));
    expected.put("./dual lab run al", List.of("all"));
    expected.put("dual completion ", List.of("bash", "zsh", "--help"));
    expected.put("dual demo ", List.of("--help"));
    expected.put("dual nothing ", List.of());

    Map<String, String> offered = ask("bash", "reply.bash", List.copyOf(expected.keySet()));

    expected.forEach(
        (line, words) ->
            assertThat(offered.get(line).split("\\|"))
                .as(line)
                .containsExactlyInAnyOrderElementsOf(words));
  }

  private static void expectInBash(
      Map<String, List<String>> expected, String line, Map<String, String> options) {
    expected.put(line + "-", List.copyOf(options.keySet()));
    options.forEach(
        (option, label) -> {
          List<String> values = new ArrayList<>(alternatives(label));
          if (takesFile(label)) {
            values.add("one file.hlog");
          }
          if (!label.isEmpty()) {
            expected.put(line + option + " ", values);
            expected.put(line + option + " =", values);
            expected.put(
                line + option + "=", values.stream().map(value -> option + "=" + value).toList());
          }
        });
  }

  @Test
  void shouldOfferEveryCommandOptionAndValueInZsh() throws Exception {
    Tool.require(Tool.ZSH);
    Map<String, String> expected = new LinkedHashMap<>();
    for (Program program : PROGRAMS) {
      program
          .options()
          .forEach(
              (command, options) -> {
                for (String line : program.begins(command).subList(0, 2)) {
                  if (!command.isEmpty()) {
                    expected.put(allButLast(line.strip()), line.strip());
                  }
                  options.forEach((option, label) -> expectInZsh(expected, line, option, label));
                }
              });
    }
    Map<String, String> shown =
        ask(
            "zsh -f",
            "type.zsh",
            Stream.concat(expected.keySet().stream(), OTHERS_IN_ZSH.keySet().stream()).toList());

    // Of two that begin alike, on and off or --rate and --rates, no more is known than was typed.
    List<String> unique = expected.keySet().stream().filter(CompletionTest::isUnique).toList();
    assertThat(unique).hasSizeGreaterThan(expected.size() * 3 / 4);
    for (String line : unique) {
      assertThat(shown.get(line)).as(line).startsWith(expected.get(line));
    }
    OTHERS_IN_ZSH.forEach(
        (line, completed) -> assertThat(shown.get(line)).as(line).startsWith(completed));
  }

  private static void expectInZsh(
      Map<String, String> expected, String line, String option, String label) {
    String typed = line + option;
    expected.put(allButLast(typed), typed);
    for (String value : alternatives(label)) {
      expected.put(allButLast(typed + " " + value), typed + " " + value);
      expected.put(allButLast(typed + "=" + value), typed + "=" + value);
    }
    if (takesFile(label)) {
      expected.put(typed + " on", typed + " one\\ file.hlog ");
    }
  }

  private static String allButLast(String text) {
    return text.substring(0, text.length() - 1);
  }

  /** Whether only one word of the programs begins with the last word of the line. */
  private static boolean isUnique(String line) {
    String last = line.substring(Math.max(line.lastIndexOf(' '), line.lastIndexOf('=')) + 1);
    List<String> words = new ArrayList<>();
    for (Program program : PROGRAMS) {
      words.addAll(program.commands());
      program
          .options()
          .values()
          .forEach(
              options ->
                  options.forEach(
                      (option, label) -> {
                        words.add(option);
                        words.addAll(alternatives(label));
                      }));
    }
    return words.stream().distinct().filter(word -> word.startsWith(last)).count() <= 1;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"client:dual-client mer:dual-client merge", "lab:dual-lab matr:dual-lab matrix"})
  void shouldCompleteFromAProgramsOwnFileOnTheFunctionPathOfZsh(String partTypedCompleted)
      throws Exception {
    Tool.require(Tool.ZSH);
    String[] words = partTypedCompleted.split(":");
    printed(words[0], "completion zsh > '" + folder.resolve("_dual-" + words[0]) + "'");

    assertThat(typedInZsh(words[1])).isEqualTo(words[2]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dual-client mer:dual-client merge",
        "./dual lab matr:./dual lab matrix",
        "dual-server --dra:dual-server --drain="
      })
  void shouldCompleteAllFromOneFileOnTheFunctionPathOfZsh(String typedCompleted) throws Exception {
    Tool.require(Tool.ZSH);
    Files.copy(scripts.resolve("zsh"), folder.resolve("_dual"));
    String[] words = typedCompleted.split(":");

    assertThat(typedInZsh(words[0])).isEqualTo(words[1]);
  }

  /** The line after TAB, in a zsh whose function path begins with the folder. */
  private String typedInZsh(String line) throws Exception {
    return Shell.succeed(
        "printf '%%s\\n' '%s' | zsh -f '%s' '' 'fpath=(%s $fpath); compinit -u -D'"
            .formatted(line, resource("type.zsh"), folder));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client", "server", "lab"})
  void shouldRegisterAProgramsOwnNameInBash(String part) throws Exception {
    String registered =
        Shell.succeed(
            "source <(%s completion bash); complete -p dual-%s"
                .formatted(String.join(" ", ServerProcess.java(jar(part))), part));

    assertThat(registered).isEqualTo("complete -F _dual_%s dual-%s".formatted(part, part));
  }

  @Test
  void shouldKnowEveryPartOfTheLauncherAndTheOptionsOfItsOwn() throws Exception {
    List<String> parts = words(COMMAND, "--help");
    List<String> options = words(OPTION, "capture --help");

    Map<String, String> offered =
        ask("bash", "reply.bash", List.of("dual ", "dual capture ", "dual bench "));

    assertThat(offered.get("dual ").split("\\|")).containsExactlyInAnyOrderElementsOf(parts);
    assertThat(offered.get("dual capture ").split("\\|"))
        .containsExactlyInAnyOrderElementsOf(options);
    assertThat(offered.get("dual bench ").split("\\|"))
        .contains("server", "generator", "memory", "admin", "jmh", "spread", "--help");
  }

  private static List<String> words(Pattern pattern, String asked) throws Exception {
    String help = Shell.succeed("'%s' %s".formatted(DUAL, asked));
    return pattern.matcher(help).results().map(r -> r.group(1)).distinct().toList();
  }
}
