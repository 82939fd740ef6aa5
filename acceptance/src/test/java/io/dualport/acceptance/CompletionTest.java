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
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real shells complete; what there is to complete, the program's own help tells. */
@Tag("kernel")
class CompletionTest {
  private static final Pattern COMMAND = Pattern.compile("(?m)^  ([a-z-]+)  ");
  private static final Pattern OPTION =
      Pattern.compile("(?m)^ {2,6}(?:-[a-zA-Z], )?(--[a-z-]+)(?:=(\\S+))?");

  /** By command, the option's name with what follows its =, empty if nothing does. */
  private static final Map<String, Map<String, String>> OPTIONS = new LinkedHashMap<>();

  @TempDir private Path folder;
  @TempDir private Path scripts;

  @BeforeAll
  static void readHelp() throws Exception {
    String help = client("--help");
    String commands = help.substring(help.indexOf("Commands"), help.indexOf("Exit codes"));
    for (MatchResult command : COMMAND.matcher(commands).results().toList()) {
      Map<String, String> options = new LinkedHashMap<>();
      String own = client(command.group(1) + " --help");
      OPTION
          .matcher(own.substring(own.indexOf("\nOptions"), own.indexOf("\nExit codes")))
          .results()
          .forEach(
              option ->
                  options.put(option.group(1), option.group(2) == null ? "" : option.group(2)));
      OPTIONS.put(command.group(1), options);
    }
    assertThat(OPTIONS.keySet()).contains("send", "merge", "completion");
    assertThat(OPTIONS.get("send")).containsEntry("--protocol", "both|tcp|udp");
  }

  @BeforeEach
  void makeAFile() throws Exception {
    Files.createFile(folder.resolve("one file.hlog"));
  }

  private static String client(String arguments) throws Exception {
    return Shell.succeed(
        "'%s' -jar '%s' %s".formatted(ServerProcess.java(), ServerProcess.CLIENT_JAR, arguments));
  }

  /** What a shell makes of each line, in a folder with one file. */
  private Map<String, String> ask(String shell, String driver, List<String> lines)
      throws Exception {
    Path questions = Files.write(scripts.resolve("questions"), lines);
    Path script = scripts.resolve("script");
    client("completion " + shell.split(" ")[0] + " > '" + script + "'");
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
        ? Pattern.compile("[a-z0-9_-]+").matcher(label).results().map(MatchResult::group).toList()
        : List.of();
  }

  private static boolean takesFile(String label) {
    return List.of(label.split("\\|")).contains("FILE");
  }

  @Test
  void shouldOfferEveryCommandOptionAndValueInBash() throws Exception {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (String program : List.of("dual-client", "./dual client", "/opt/dualport/dual client")) {
      expected.put(program + " ", List.copyOf(OPTIONS.keySet()));
      expected.put(program + " host : 1 -", List.copyOf(OPTIONS.get("send").keySet()));
      OPTIONS.forEach(
          (command, options) -> {
            String line = program + " " + command + " ";
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
                        line + option + "=",
                        values.stream().map(value -> option + "=" + value).toList());
                  }
                });
          });
    }
    expected.put("dual-client merge ", List.of("one file.hlog"));
    expected.put("dual-client merge x one", List.of("one file.hlog"));
    expected.put("dual-client completion ", List.of("bash", "zsh"));
    expected.put("dual-client --protocol = u", List.of("udp"));
    expected.put("dual-client send --protocol udp --prot", List.of());
    expected.put("dual server --", List.of());

    Map<String, String> offered = ask("bash", "reply.bash", List.copyOf(expected.keySet()));

    expected.forEach(
        (line, words) ->
            assertThat(offered.get(line).split("\\|"))
                .as(line)
                .containsExactlyInAnyOrderElementsOf(words));
  }

  @Test
  void shouldOfferEveryCommandOptionAndValueInZsh() throws Exception {
    Tool.require(Tool.ZSH);
    Map<String, String> expected = new LinkedHashMap<>();
    for (String program : List.of("dual-client", "./dual client")) {
      expected.put(program + " host:1 --timeou", program + " host:1 --timeout=");
      OPTIONS.forEach(
          (command, options) -> {
            expected.put(allButLast(program + " " + command), program + " " + command);
            options.forEach(
                (option, label) -> {
                  String typed = program + " " + command + " " + option;
                  expected.put(allButLast(typed), typed);
                  for (String value : alternatives(label)) {
                    expected.put(allButLast(typed + " " + value), typed + " " + value);
                    expected.put(allButLast(typed + "=" + value), typed + "=" + value);
                  }
                  if (takesFile(label)) {
                    expected.put(typed + " on", typed + " one\\ file.hlog ");
                  }
                });
          });
    }
    expected.put("dual-client merge x on", "dual-client merge x one\\ file.hlog ");
    expected.put("dual-client completion z", "dual-client completion zsh ");
    expected.put("./dual cl", "./dual client");
    // Of two that begin alike, on and off or --rate and --rates, no more is known than was typed.
    Map<String, String> shown = ask("zsh -f", "type.zsh", List.copyOf(expected.keySet()));

    expected.forEach(
        (line, completed) -> {
          if (isUnique(line)) {
            assertThat(shown.get(line)).as(line).startsWith(completed);
          }
        });
    assertThat(expected.keySet().stream().filter(CompletionTest::isUnique).count())
        .isGreaterThan(expected.size() * 3 / 4);
  }

  private static String allButLast(String text) {
    return text.substring(0, text.length() - 1);
  }

  /** Whether only one word of the program begins with the last word of the line. */
  private static boolean isUnique(String line) {
    String last = line.substring(Math.max(line.lastIndexOf(' '), line.lastIndexOf('=')) + 1);
    List<String> words = new ArrayList<>(OPTIONS.keySet());
    OPTIONS.values().forEach(options -> words.addAll(options.keySet()));
    OPTIONS
        .values()
        .forEach(options -> options.values().forEach(label -> words.addAll(alternatives(label))));
    return words.stream().distinct().filter(word -> word.startsWith(last)).count() <= 1;
  }

  @Test
  void shouldCompleteFromAFileOnTheFunctionPathOfZsh() throws Exception {
    Tool.require(Tool.ZSH);
    client("completion zsh > '" + folder.resolve("_dual-client") + "'");
    String line =
        Shell.succeed(
            "printf '%%s\\n' 'dual-client mer' | zsh -f '%s' '' 'fpath=(%s $fpath); compinit -u -D'"
                .formatted(resource("type.zsh"), folder));

    assertThat(line).isEqualTo("dual-client merge");
  }

  @Test
  void shouldRegisterForBothNamesInBash() throws Exception {
    String registered =
        Shell.succeed(
            "source <('%s' -jar '%s' completion bash); complete -p dual-client dual"
                .formatted(ServerProcess.java(), ServerProcess.CLIENT_JAR));

    assertThat(registered.lines())
        .containsExactly("complete -F _dual_client dual-client", "complete -F _dual_client dual");
  }

  @Test
  void shouldKnowEveryPartOfTheLauncher() throws Exception {
    String usage = Shell.succeed("'" + ServerProcess.HOME.resolve("dual") + "' --help");
    String parts =
        COMMAND
            .matcher(usage)
            .results()
            .map(r -> r.group(1))
            .sorted()
            .collect(Collectors.joining("|"));

    assertThat(ask("bash", "reply.bash", List.of("dual ")).get("dual ").split("\\|"))
        .containsExactlyInAnyOrder(parts.split("\\|"));
  }
}
