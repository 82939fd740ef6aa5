package io.dualport.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.dualport.config.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ClientKeysTest {
  private static final Path DOCUMENTED = Path.of("..", "conf", "client.conf");
  private static final Set<String> NO_KEYS =
      Set.of("--config", "--help", "--version", "--run", "--server");

  @Test
  void shouldDocumentEveryKeyWithItsDefault() {
    Config reference = reference();
    Config documented = ConfigFactory.parseFile(DOCUMENTED.toFile()).getConfig("client");

    assertThat(documented).isEqualTo(reference);
    assertThat(reference.entrySet().stream().map(Map.Entry::getKey).collect(Collectors.toSet()))
        .isEqualTo(ClientKeys.ALL.stream().map(Setting::path).collect(Collectors.toSet()));
  }

  @Test
  void shouldExplainEveryKeyAboveIt() throws Exception {
    List<String> lines = Files.readAllLines(DOCUMENTED);
    Config documented = ConfigFactory.parseFile(DOCUMENTED.toFile()).getConfig("client");
    for (Setting<?> key : ClientKeys.ALL) {
      int line = documented.getValue(key.path()).origin().lineNumber();
      assertThat(lines.get(line - 2).strip()).as(key.path()).startsWith("#");
      String variable =
          "(DUAL_CLIENT_" + key.path().toUpperCase(Locale.ROOT).replaceAll("[.-]", "_") + ")";
      assertThat(String.join("\n", lines)).contains(variable);
    }
  }

  @Test
  void shouldHaveASectionOfTheReferenceForEveryKey() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "reference.md"));
    for (Setting<?> key : ClientKeys.ALL) {
      String heading = "\n### client." + key.path() + "\n";
      assertThat(page).containsOnlyOnce(heading);
      assertThat(page.substring(page.indexOf(heading) + heading.length()).split("\n### ")[0])
          .as(key.path())
          .contains("Default: `" + written(key.path()) + "`.");
    }
  }

  @Test
  void shouldHaveAKeyForEveryOptionThatNamesItsDefault() {
    CommandLine program = ClientCommand.whole();
    for (CommandLine command : program.getSubcommands().values()) {
      CommandSpec spec = command.getCommandSpec();
      for (OptionSpec option : spec.options()) {
        if (NO_KEYS.contains(option.longestName())) {
          continue;
        }
        String key = ClientKeys.keyOf(spec.name(), option.longestName().substring(2));
        String name = spec.name() + " " + option.longestName();
        assertThat(reference().hasPath(key)).as(name).isTrue();
        assertThat(option.description()[0]).as(name).contains("Default: " + written(key) + ".");
        assertThat(option.defaultValue()).as(name).isNull();
      }
    }
  }

  /** A default as it is written down. */
  private static String written(String key) {
    String value = reference().getString(key);
    return value.isEmpty() ? "\"\"" : value;
  }

  @Test
  void shouldHaveAnOptionForEveryKey() {
    CommandLine program = ClientCommand.whole();
    Set<String> settable =
        program.getSubcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .flatMap(
                spec ->
                    spec.options().stream()
                        .map(o -> ClientKeys.keyOf(spec.name(), o.longestName().substring(2))))
            .collect(Collectors.toSet());

    assertThat(settable)
        .containsAll(ClientKeys.ALL.stream().map(Setting::path).collect(Collectors.toSet()));
  }

  @Test
  void shouldMakeOnlyTheCommandThatIsTypedAndTheSameOne() {
    for (String name : ClientCommand.whole().getSubcommands().keySet()) {
      CommandLine typed = ClientCommand.typed(new String[] {name, "--help"});
      if (!name.equals("completion")) {
        assertThat(typed.getSubcommands()).containsOnlyKeys(name);
      }
      assertThat(typed.getSubcommands().get(name).getUsageMessage())
          .isEqualTo(ClientCommand.whole().getSubcommands().get(name).getUsageMessage());
    }
    assertThat(ClientCommand.typed(new String[] {"host:8888"}).getSubcommands())
        .containsOnlyKeys("send");
    assertThat(ClientCommand.typed(new String[] {"--version"}).getSubcommands()).isEmpty();
  }

  private static Config reference() {
    return ConfigFactory.parseResources("reference.conf").getConfig("client");
  }
}
