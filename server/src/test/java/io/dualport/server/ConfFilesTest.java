package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import io.dualport.config.Setting;
import io.dualport.server.settings.ServerSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Option;

/** The files in conf/ say what the program does: the same keys, values, ranges, names. */
class ConfFilesTest {
  private static final Path SERVER_CONF = Repository.path("conf/server.conf");
  private static final Set<String> NO_KEYS = Set.of("--config");

  /** Logback's warning of an appender that waits to be switched on. */
  private static final String NOT_USED = "not referenced. Skipping further processing";

  static List<Setting<?>> settings() {
    return ServerSettings.ALL;
  }

  @Test
  void shouldHoldTheBuiltInDefaults() {
    Map<String, Object> builtIn = values(ConfigFactory.parseResources("reference.conf"));

    assertThat(values(ConfigFactory.parseFile(SERVER_CONF.toFile())))
        .containsExactlyInAnyOrderEntriesOf(builtIn);
    assertThat(builtIn.keySet())
        .containsExactlyInAnyOrderElementsOf(
            ServerSettings.ALL.stream().map(Setting::path).toList());
  }

  @Test
  void shouldListTheKeysInTheOrderOfTheSettings() {
    Config conf = ConfigFactory.parseFile(SERVER_CONF.toFile()).getConfig("server");
    Comparator<Map.Entry<String, ConfigValue>> byLine =
        Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber());

    assertThat(conf.entrySet().stream().sorted(byLine).map(Map.Entry::getKey))
        .containsExactlyElementsOf(ServerSettings.ALL.stream().map(Setting::path).toList());
  }

  @Test
  void shouldMeanTheSameAsNoFile() {
    assertThat(ServerSettings.load(Map.of(), Map.of(), SERVER_CONF))
        .usingRecursiveComparison()
        .ignoringFields("chosen") // all of them here, none there
        .isEqualTo(ServerSettings.load(Map.of(), Map.of(), null));
  }

  @Test
  void shouldBeAcceptedOnTheCommandLine() throws InterruptedException {
    try (TestCommand server =
        TestCommand.start("--config", SERVER_CONF.toString(), "--port", "0")) {
      server.awaitOutput("stop       Ctrl-C");
      assertThat(server.stop()).isEqualTo(ExitCode.STOPPED);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void shouldExplainAKeyWithItsRangeDefaultOptionAndVariable(Setting<?> setting)
      throws IOException {
    String path = setting.path();
    String option = "--" + path.replaceAll("\\.enabled$", "");
    String variable = "DUAL_SERVER_" + path.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");

    String comment = commentAbove(path);

    assertThat(comment).contains("Allowed: " + setting.allowed() + ". Default: ");
    assertThat(comment).contains("Change it");
    assertThat(comment).containsPattern(" variable " + variable + "[.,]");
    assertThat(comment)
        .contains(options().contains(option) ? "Option " + option + "," : "No option");
  }

  /** {@code docs/reference} takes what stands there from the file that is looked at above. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void shouldHaveASectionOfTheReferenceForEveryKey(Setting<?> setting) throws IOException {
    String page = Files.readString(Repository.path("docs/reference.md"));
    String heading = "\n### server." + setting.path() + "\n";

    assertThat(page).containsOnlyOnce(heading);
    String section = page.substring(page.indexOf(heading) + heading.length()).split("\n### ")[0];
    assertThat(section.replace('\n', ' ')).contains("Allowed: " + setting.allowed(), "Default: ");
  }

  /** The variable's name is right when the program takes the default under it. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void shouldTakeEveryKeyFromTheEnvironment(Setting<?> setting) {
    String variable =
        "DUAL_SERVER_" + setting.path().toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    Object byDefault = values(ConfigFactory.parseFile(SERVER_CONF.toFile())).get(setting.path());
    String text =
        byDefault instanceof List<?> list
            ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
            : String.valueOf(byDefault);

    assertThat(ServerSettings.load(Map.of(), Map.of(variable, text), null))
        .usingRecursiveComparison()
        .ignoringFields("chosen") // all of them here, none there
        .isEqualTo(ServerSettings.load(Map.of(), Map.of(), null));
  }

  @Test
  void shouldHaveAKeyForEveryOption() {
    List<String> keys = ServerSettings.ALL.stream().map(Setting::path).toList();

    assertThat(options())
        .isNotEmpty()
        .filteredOn(option -> !NO_KEYS.contains(option))
        .extracting(option -> option.substring(2))
        .allMatch(key -> keys.contains(key) || keys.contains(key + ".enabled"));
  }

  @Test
  void shouldConfigureLoggingToStandardErrorAlone() throws JoranException, IOException {
    LoggerContext logging = configured(Files.readString(Repository.path("conf/logback.xml")));

    assertThat(appenders(logging)).containsExactly("stderr");
    assertThat(logging.getLogger("io.dualport.server").isInfoEnabled()).isTrue();
    assertThat(logging.getLogger("io.netty.channel").getEffectiveLevel()).isEqualTo(Level.WARN);
    logging.stop();
  }

  @Test
  void shouldConfigureLoggingToAFileWhenAskedTo(@TempDir Path directory)
      throws JoranException, IOException {
    String example = Files.readString(Repository.path("conf/logback.xml"));
    String asked = "<appender-ref ref=\"file\" />";
    assertThat(example).contains("<!-- " + asked + " -->");

    LoggerContext logging =
        configured(
            example
                .replace("<!-- " + asked + " -->", asked)
                .replace("${LOG_DIR:-logs}", directory.toString())
                .replace("<appender-ref ref=\"stderr\" />", ""));
    logging.getLogger("io.dualport.server").info("hello");
    logging.stop();

    assertThat(Files.readString(directory.resolve("dual-server.log")))
        .matches("\\d{4}-\\d\\d-\\d\\dT\\S+ INFO  \\[\\w+] server: hello\\R");
  }

  private static Map<String, Object> values(Config config) {
    Map<String, Object> values = new TreeMap<>();
    config
        .getConfig("server")
        .entrySet()
        .forEach(entry -> values.put(entry.getKey(), entry.getValue().unwrapped()));
    return values;
  }

  private static List<String> options() {
    return Arrays.stream(ServerCommand.class.getDeclaredFields())
        .map((Field field) -> field.getAnnotation(Option.class))
        .filter(Objects::nonNull)
        .flatMap(option -> Stream.of(option.names()))
        .toList();
  }

  /** The comment lines right above a key, as one line. */
  private static String commentAbove(String path) throws IOException {
    ConfigValue value =
        ConfigFactory.parseFile(SERVER_CONF.toFile()).getConfig("server").getValue(path);
    List<String> lines = Files.readAllLines(SERVER_CONF);
    int last = value.origin().lineNumber() - 1;
    int first = last;
    while (lines.get(first - 1).strip().startsWith("#")) {
      first--;
    }
    return lines.subList(first, last).stream()
        .map(line -> line.strip().substring(1).strip())
        .collect(Collectors.joining(" "));
  }

  private static LoggerContext configured(String xml) throws JoranException {
    LoggerContext logging = new LoggerContext();
    logging.setMDCAdapter(new LogbackMDCAdapter()); // as SLF4J does for the context of a program
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(logging);
    configurator.doConfigure(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    assertThat(logging.getStatusManager().getCopyOfStatusList())
        .filteredOn(status -> !status.getMessage().contains(NOT_USED))
        .allMatch(status -> status.getLevel() < Status.WARN);
    return logging;
  }

  private static List<String> appenders(LoggerContext logging) {
    Iterable<Appender<ILoggingEvent>> root = () -> logging.getLogger("ROOT").iteratorForAppenders();
    return StreamSupport.stream(root.spliterator(), false).map(Appender::getName).toList();
  }
}
