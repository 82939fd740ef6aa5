package io.dualport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Four layers over one key of each type; the defaults stand in the test's reference.conf. */
class SettingsTest {
  enum Mode {
    AUTO,
    IO_URING,
    NIO
  }

  private static final Setting<Integer> PORT = Setting.integer("port", 0, 65535);
  private static final Setting<List<String>> HOST =
      Setting.list("host", "a list of addresses", host -> host);
  private static final Setting<Mode> MODE = Setting.choice("mode", Mode.class);
  private static final Setting<Duration> IDLE_TIMEOUT =
      Setting.duration("idle-timeout", Duration.ofMillis(100), Duration.ofDays(30));
  private static final Setting<Duration> DRAIN =
      Setting.duration("drain", Duration.ZERO, Duration.ofHours(1));
  private static final Setting<Integer> UDP_RATE = Setting.integerOrOff("udp-rate", 1, 1_000_000);
  private static final Setting<Boolean> STAMP = Setting.onOff("stamp");
  private static final Setting<Boolean> GUARD = Setting.onOff("guard.enabled");
  private static final Setting<List<Integer>> REFLECTOR_PORTS =
      Setting.integers("guard.reflector-ports", 1, 65535);

  private static final Setting<OptionalLong> BYTES =
      Setting.bytesOrAuto("bytes", 1 << 20, 4L << 30);

  private static final List<Setting<?>> ALL =
      List.of(PORT, HOST, MODE, IDLE_TIMEOUT, DRAIN, UDP_RATE, STAMP, GUARD, REFLECTOR_PORTS);

  private static final String KNOWN =
      "): known are port, host, mode, idle-timeout, drain, udp-rate, stamp, guard.enabled,"
          + " guard.reflector-ports";

  @TempDir Path directory;

  /** One key with a value of its own in each layer, and what each reads as. */
  record Layers<T>(
      Setting<T> setting,
      String typed,
      String variable,
      String file,
      T fromTyped,
      T fromVariable,
      T fromFile,
      T fromReference) {
    @Override
    public String toString() {
      return setting.path();
    }
  }

  static List<Layers<?>> oneKeyOfEachType() {
    return List.of(
        new Layers<>(PORT, "1", "2", "3", 1, 2, 3, 8888),
        new Layers<>(
            HOST,
            "a, b",
            "c",
            "[d, \"e\"]",
            List.of("a", "b"),
            List.of("c"),
            List.of("d", "e"),
            List.of("127.0.0.1")),
        new Layers<>(MODE, "nio", "IO_URING", "Nio", Mode.NIO, Mode.IO_URING, Mode.NIO, Mode.AUTO),
        new Layers<>(
            IDLE_TIMEOUT,
            "100ms",
            "2 s",
            "30d",
            Duration.ofMillis(100),
            Duration.ofSeconds(2),
            Duration.ofDays(30),
            Duration.ofMinutes(5)),
        new Layers<>(STAMP, "off", "on", "no", false, true, false, true),
        new Layers<>(
            REFLECTOR_PORTS,
            "1,2",
            "3",
            "[4, 5]",
            List.of(1, 2),
            List.of(3),
            List.of(4, 5),
            List.of(7, 13)),
        new Layers<>(UDP_RATE, "off", "10", "20", 0, 10, 20, 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oneKeyOfEachType")
  <T> void shouldPreferCommandLineToEnvironmentToFileToReference(Layers<T> key) throws IOException {
    String path = key.setting.path();
    Path file = file("server { " + path + " = " + key.file + " }");
    Map<String, String> variable =
        Map.of("DUAL_SERVER_" + path.toUpperCase().replaceAll("[.-]", "_"), key.variable);
    Map<String, String> typed = Map.of(path, key.typed);

    assertThat(load(typed, variable, file).get(key.setting)).isEqualTo(key.fromTyped);
    assertThat(load(Map.of(), variable, file).get(key.setting)).isEqualTo(key.fromVariable);
    assertThat(load(Map.of(), Map.of(), file).get(key.setting)).isEqualTo(key.fromFile);
    assertThat(load(Map.of(), Map.of(), null).get(key.setting)).isEqualTo(key.fromReference);
    assertThat(load(typed, Map.of(), null).get(key.setting)).isEqualTo(key.fromTyped);
  }

  @Test
  void shouldShowTheEffectiveValuesWithTheirOrigin() throws IOException {
    Path file = file("server {\n  mode = nio\n}");

    Map<String, String> effective =
        load(Map.of("port", "1"), Map.of("DUAL_SERVER_STAMP", "off"), file).effective();

    assertThat(effective)
        .containsEntry("server.port", "1  (--port)")
        .containsEntry("server.stamp", "off  (the environment, DUAL_SERVER_STAMP)")
        .containsEntry("server.mode", "nio  (" + file + ": 2)")
        .containsEntry("server.guard.reflector-ports", "[7,13]  (the built-in default)");
    assertThat(effective.keySet()).hasSameSizeAs(ALL);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "10, 10000",
    "10 s, 10000",
    "0.25, 250",
    "1.5m, 90000",
    "0.5h, 1800000",
    "1500ms, 1500",
    "0.001d, 86400"
  })
  void shouldReadADurationWithoutAUnitAsSecondsInEveryLayer(String text, long millis)
      throws IOException {
    Duration expected = Duration.ofMillis(millis);
    Path quoted = file("server.drain = \"" + text + "\"");

    assertThat(load(Map.of("drain", text), Map.of(), null).get(DRAIN)).isEqualTo(expected);
    assertThat(load(Map.of(), Map.of("DUAL_SERVER_DRAIN", text), null).get(DRAIN))
        .isEqualTo(expected);
    assertThat(load(Map.of(), Map.of(), quoted).get(DRAIN)).isEqualTo(expected);
    Path bare = file("server.drain = " + text);
    assertThat(load(Map.of(), Map.of(), bare).get(DRAIN)).isEqualTo(expected);
  }

  // Values that are not allowed: key, value, origin and what is allowed, in every layer.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port         | 65536       | a whole number from 0 to 65535",
        "port         | -1          | a whole number from 0 to 65535",
        "port         | 99999999999 | a whole number from 0 to 65535",
        "port         | eighty      | a whole number from 0 to 65535",
        "port         | 80.5        | a whole number from 0 to 65535",
        "port         | off         | a whole number from 0 to 65535",
        "mode         | io-uring    | one of auto, io_uring, nio",
        "idle-timeout | 99ms        | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 31d         | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 0.05        | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 5.          | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | -5s         | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 5 parsecs   | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 999999999999999999d | a duration in seconds or with a unit (ms, s, m, h, d)"
            + " from 100ms to 30d",
        "idle-timeout | s           | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "idle-timeout | 0           | a duration in seconds or with a unit (ms, s, m, h, d) from"
            + " 100ms to 30d",
        "drain        | 3601s       | a duration in seconds or with a unit (ms, s, m, h, d) from 0s"
            + " to 3600s",
        "udp-rate     | 0           | off, or a whole number from 1 to 1000000",
        "udp-rate     | on          | off, or a whole number from 1 to 1000000",
        "stamp        | maybe       | on or off",
        "stamp        | 1           | on or off",
        "guard.reflector-ports | 7,0 | a list of whole numbers from 1 to 65535",
        "guard.reflector-ports | 7 8 | a list of whole numbers from 1 to 65535"
      })
  void shouldRefuseAValueWithKeyValueOriginAndRange(String key, String value, String allowed)
      throws IOException {
    String variable = "DUAL_SERVER_" + key.toUpperCase().replaceAll("[.-]", "_");
    Path file = file("# first line\nserver {\n  " + key + " = \"" + value + "\"\n}");
    String refused = "server." + key + " = " + value + " (from %s): must be " + allowed;

    assertRefused(
        Map.of(key, value),
        Map.of(),
        null,
        refused.formatted("--" + key.replaceFirst(".*\\.", "")));
    assertRefused(
        Map.of(), Map.of(variable, value), null, refused.formatted("the environment, " + variable));
    assertRefused(Map.of(), Map.of(), file, refused.formatted(file + ": 3"));
  }

  @Test
  void shouldRefuseABadDefaultToo() {
    Setting<Integer> narrow = Setting.integer("port", 1, 80);

    assertThatExceptionOfType(SettingException.class)
        .isThrownBy(
            () ->
                Settings.load(
                    "server",
                    ALL.stream().<Setting<?>>map(s -> s == PORT ? narrow : s).toList(),
                    Map.of(),
                    Map.of(),
                    null))
        .withMessage(
            "server.port = 8888 (from the built-in default): must be a whole number from 1 to 80");
  }

  @Test
  void shouldRefuseABadValueEvenWhereAHigherLayerHasAGoodOne() throws IOException {
    Path file = file("server.port = 70000");

    assertRefused(
        Map.of("port", "1"),
        Map.of(),
        file,
        "server.port = 70000 (from " + file + ": 1): must be a whole number from 0 to 65535");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port = null              | port = null              | a whole number from 0 to 65535",
        "port = [1]               | port = [1]               | a whole number from 0 to 65535",
        "port { a = 1 }           | port = {\"a\":1}         | a whole number from 0 to 65535",
        "port = true              | port = true              | a whole number from 0 to 65535",
        "port = \"\"              | port =                   | a whole number from 0 to 65535",
        "stamp = null             | stamp = null             | on or off",
        "stamp = [on]             | stamp = [\"on\"]         | on or off",
        "mode = [auto]            | mode = [\"auto\"]        | one of auto, io_uring, nio",
        "host = null              | host = null              | a list of addresses",
        "host = [a, null]         | host = [\"a\",null]      | a list of addresses",
        "host = [\"\"]            | host = [\"\"]            | a list of addresses",
        "host = [[a]]             | host = [[\"a\"]]         | a list of addresses",
        "host { a = b }           | host = {\"a\":\"b\"}     | a list of addresses",
        "guard = null             | guard.enabled = null     | on or off",
        "guard = [on]             | guard.enabled = [\"on\"] | on or off",
        "guard.enabled { a = on } | guard.enabled = {\"a\":\"on\"} | on or off",
        "guard.reflector-ports = [7, seven] | guard.reflector-ports = [7,\"seven\"] | a list of"
            + " whole numbers from 1 to 65535",
        "guard.reflector-ports = [7, null] | guard.reflector-ports = [7,null] | a list of whole"
            + " numbers from 1 to 65535"
      })
  void shouldRefuseWhatOnlyAFileCanHold(String line, String shown, String allowed)
      throws IOException {
    Path file = file("server {\n\n" + line + "\n}");
    String value = shown.endsWith("=") ? shown + " " : shown;

    assertRefused(
        Map.of(),
        Map.of(),
        file,
        "server." + value + " (from " + file + ": 3): must be " + allowed);
  }

  // Keys that are not known.

  @Test
  void shouldRefuseAnUnknownKeyInEachLayer() throws IOException {
    assertRefused(
        Map.of("prot", "1"), Map.of(), null, "unknown key server.prot = 1 (from --prot" + KNOWN);
    assertRefused(
        Map.of(),
        Map.of("DUAL_SERVER_PROT", "1"),
        null,
        "unknown key DUAL_SERVER_PROT = 1 (from the environment): known are"
            + " DUAL_SERVER_DRAIN, DUAL_SERVER_GUARD, DUAL_SERVER_GUARD_ENABLED,"
            + " DUAL_SERVER_GUARD_REFLECTOR_PORTS, DUAL_SERVER_HOST, DUAL_SERVER_IDLE_TIMEOUT,"
            + " DUAL_SERVER_MODE, DUAL_SERVER_PORT, DUAL_SERVER_STAMP, DUAL_SERVER_UDP_RATE");
    assertThatExceptionOfType(SettingException.class)
        .isThrownBy(() -> Settings.load("server", List.of(PORT, HOST), Map.of(), Map.of(), null))
        .withMessageMatching(
            "unknown key server\\..* = .* \\(from the built-in default\\): known are port, host");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prot = 1                  | prot = 1",
        "prot { port = 1 }         | prot = {\"port\":1}",
        "guard { loops = 1 }       | guard.loops = 1",
        "guard { guard = on }      | guard.guard = on",
        "guard.enable.d = on       | guard.enable = {\"d\":\"on\"}",
        "\"guard.enabled\" = off   | \"guard.enabled\" = off",
        "\"\" = off                | \"\" = off",
        "Port = 1                  | Port = 1",
        "server { port = 1 }       | server = {\"port\":1}"
      })
  void shouldRefuseAnUnknownKeyInAFile(String line, String shown) throws IOException {
    Path file = file("server {\n" + line + "\n}");

    assertRefused(
        Map.of(), Map.of(), file, "unknown key server." + shown + " (from " + file + ": 2" + KNOWN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port = 1             | port",
        "\"server.port\" = 1  | \"server.port\"",
        "srever { port = 1 }  | srever"
      })
  void shouldRefuseAnUnknownRoot(String line, String shown) throws IOException {
    Path file = file("\n" + line);

    assertRefused(
        Map.of(),
        Map.of(),
        file,
        "unknown key "
            + shown
            + " (from "
            + file
            + ": 2): the keys stand below server or client, as in server { port = ... }");
  }

  @Test
  void shouldRefuseARootThatIsNoSection() throws IOException {
    Path file = file("server = 8888");

    assertRefused(
        Map.of(),
        Map.of(),
        file,
        "server = 8888 (from " + file + ": 1): must be an object, as in server { ... }");
  }

  // Files.

  @Test
  void shouldLeaveOtherProgramsTheirKeys() throws IOException {
    Path file = file("client { prot = 1 }\nserver { port = 1 }");

    assertThat(load(Map.of(), Map.of("DUAL_CLIENT_PROT", "1"), file).get(PORT)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing",
        "client { }",
        "server { }",
        "server { guard { } }",
        "server { guard = ${?NOT_SET} }"
      })
  void shouldKeepTheDefaultsWhereAFileSaysNothing(String content) throws IOException {
    Settings settings = load(Map.of(), Map.of(), file(content));

    assertThat(settings.get(PORT)).isEqualTo(8888);
    assertThat(settings.get(GUARD)).isTrue();
    assertThat(settings.get(REFLECTOR_PORTS)).containsExactly(7, 13);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server { port = 99 }",
        "server.port = 99",
        "server { \"port\" = 99 }",
        "server { port = \"99\" }",
        "server { port = \" 99 \" }",
        "server { port = 1 }\nserver { port = 99 }",
        "{ \"server\": { \"port\": 99 } }"
      })
  void shouldReadAKeyHoweverHoconWritesIt(String content) throws IOException {
    assertThat(load(Map.of(), Map.of(), file(content)).get(PORT)).isEqualTo(99);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]      | ''",
        "\"\"    | ''",
        "[7]     | 7",
        "7       | 7",
        "\"7,9\" | 7;9",
        "[7, 9,] | 7;9"
      })
  void shouldReadAListHoweverItIsWritten(String written, String numbers) throws IOException {
    Path file = file("server.guard.reflector-ports = " + written);

    assertThat(load(Map.of(), Map.of(), file).get(REFLECTOR_PORTS))
        .extracting(String::valueOf)
        .containsExactly(numbers.isEmpty() ? new String[0] : numbers.split(";"));
  }

  @Test
  void shouldSayThatAFileIsMissingOrNone() {
    Path missing = directory.resolve("missing.conf");

    assertRefused(
        Map.of(),
        Map.of(),
        missing,
        "configuration file "
            + missing
            + " does not exist or is no file; give --config a readable file");
    assertRefused(
        Map.of(),
        Map.of(),
        directory,
        "configuration file "
            + directory
            + " does not exist or is no file; give --config a readable file");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "server {\\n  port = 1\\n              | 3",
        "server {\\n  port = 1 }\\n}           | 3",
        "server {\\n  port = [1\\n}            | 3",
        "server {\\n  port = \"1\\n}           | 2",
        "server {\\n  port = ${MISSING}\\n}    | 2",
        "server {\\n  port = ${server.port}\\n}| 2"
      })
  void shouldNameFileAndLineOfBrokenHocon(String content, int line) throws IOException {
    Path file = file(content.replace("\\n", "\n"));

    SettingException refused =
        catchThrowableOfType(SettingException.class, () -> load(Map.of(), Map.of(), file));

    assertThat(refused)
        .hasMessageStartingWith("configuration file is not valid HOCON: ")
        .hasMessageContaining(file + ": " + line);
  }

  @Test
  void shouldRefuseBracketsThatNestTooDeepToBeRead() throws IOException {
    Path file = file("server.host = " + "[".repeat(1 << 20));

    assertRefused(
        Map.of(),
        Map.of(),
        file,
        "configuration file " + file + ": brackets nest too deep to be read");
  }

  @Test
  void shouldSubstituteVariablesInAFile() throws IOException {
    Path file =
        file(
            """
            server {
              port = 7000
              port = ${?ECHO_PORT}
              host = [${?FIRST}, ${?SECOND}]
              idle-timeout = ${server.drain}
              drain = ${?SECONDS}s
              guard.reflector-ports = [7]
              guard.reflector-ports += 19
            }
            """);
    Map<String, String> environment = new HashMap<>(Map.of("SECONDS", "9", "FIRST", "a"));

    Settings without = load(Map.of(), environment, file);
    assertThat(without.get(PORT)).isEqualTo(7000);
    assertThat(without.get(HOST)).containsExactly("a");
    assertThat(without.get(IDLE_TIMEOUT)).isEqualTo(Duration.ofSeconds(9));
    assertThat(without.get(REFLECTOR_PORTS)).containsExactly(7, 19);

    environment.put("ECHO_PORT", "9001");
    assertThat(load(Map.of(), environment, file).get(PORT)).isEqualTo(9001);
    assertThat(load(Map.of("port", "1"), environment, file).get(PORT)).isEqualTo(1);

    environment.put("ECHO_PORT", "many");
    assertRefused(
        Map.of(),
        environment,
        file,
        "server.port = many (from the environment, ECHO_PORT): must be a whole number from 0 to"
            + " 65535");
  }

  @Test
  void shouldReadAnIncludedFileAndNameItWhereItIsWrong() throws IOException {
    Path included = directory.resolve("more.conf");
    Files.writeString(included, "server {\n port = 70000\n}");
    Path file = file("include \"more.conf\"\nserver.stamp = off");

    assertRefused(
        Map.of(),
        Map.of(),
        file,
        "server.port = 70000 (from " + included + ": 2): must be a whole number from 0 to 65535");
    Files.writeString(included, "server.port = 7");
    assertThat(load(Map.of(), Map.of(), file).get(PORT)).isEqualTo(7);
  }

  // A section's bare name.

  @Test
  void shouldTakeASectionsNameForItsSwitchInEveryLayer() throws IOException {
    Path off = file("server.guard = off");

    assertThat(load(Map.of("guard", "off"), Map.of(), null).get(GUARD)).isFalse();
    assertThat(load(Map.of(), Map.of("DUAL_SERVER_GUARD", "off"), null).get(GUARD)).isFalse();
    assertThat(load(Map.of(), Map.of(), off).get(GUARD)).isFalse();
    assertThat(load(Map.of(), Map.of(), off).get(REFLECTOR_PORTS)).containsExactly(7, 13);
    assertThat(load(Map.of("guard", "on"), Map.of("DUAL_SERVER_GUARD", "off"), off).get(GUARD))
        .isTrue();
    assertThat(load(Map.of(), Map.of("DUAL_SERVER_GUARD_ENABLED", "on"), off).get(GUARD)).isTrue();
  }

  @Test
  void shouldPreferTheLongNameOfASwitchWhereTheEnvironmentHasBoth() {
    Map<String, String> both =
        Map.of("DUAL_SERVER_GUARD", "off", "DUAL_SERVER_GUARD_ENABLED", "on");

    assertThat(load(Map.of(), both, null).get(GUARD)).isTrue();
  }

  @Test
  void shouldNameTheSwitchWhenItsShortFormIsRefused() {
    assertRefused(
        Map.of(),
        Map.of("DUAL_SERVER_GUARD", "of"),
        null,
        "server.guard.enabled = of (from the environment, DUAL_SERVER_GUARD): must be on or off");
  }

  // Kubernetes.

  @ParameterizedTest
  @ValueSource(strings = {"tcp://10.0.0.1:8888", "udp://10.0.0.1:8888"})
  void shouldExplainAVariableThatKubernetesSet(String value) {
    assertRefused(
        Map.of(),
        Map.of("DUAL_SERVER_PORT", value),
        null,
        "server.port = "
            + value
            + " (from the environment, DUAL_SERVER_PORT): must be a whole number from 0 to 65535."
            + " Kubernetes set this variable for a Service of that name;"
            + " set enableServiceLinks: false in the Pod");
  }

  @ParameterizedTest
  @CsvSource({
    "DUAL_SERVER_SERVICE_HOST, 10.0.0.1",
    "DUAL_SERVER_SERVICE_PORT, 8888",
    "DUAL_SERVER_SERVICE_PORT_ECHO_UDP, 8888",
    "DUAL_SERVER_PORT_8888_TCP, tcp://10.0.0.1:8888",
    "DUAL_SERVER_PORT_8888_TCP_ADDR, 10.0.0.1",
    "DUAL_SERVER_PORT_8888_UDP_PROTO, udp",
    "DUAL_SERVER_PORT_8888_UDP_PORT, 8888",
    "DUAL_SERVER_UDP_SERVICE_HOST, 10.0.0.1",
    "DUAL_SERVER_UDP_PORT, udp://10.0.0.1:8888",
    "DUAL_SERVER_UDP_PORT_8888_UDP, udp://10.0.0.1:8888",
    "KUBERNETES_PORT, tcp://10.0.0.1:443",
    "DUAL_CLIENT_PORT, tcp://10.0.0.1:8888"
  })
  void shouldIgnoreWhatElseKubernetesSetsForAService(String name, String value) {
    assertThat(load(Map.of(), Map.of(name, value), null).get(PORT)).isEqualTo(8888);
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("test.conf"), content);
  }

  private static Settings load(
      Map<String, String> commandLine, Map<String, String> environment, Path file) {
    return Settings.load("server", ALL, commandLine, environment, file);
  }

  private static void assertRefused(
      Map<String, String> commandLine, Map<String, String> environment, Path file, String message) {
    assertThatExceptionOfType(SettingException.class)
        .isThrownBy(() -> load(commandLine, environment, file))
        .withMessage(message);
  }

  @ParameterizedTest
  @CsvSource({"1048576, 1048576", "64m, 67108864", "2G, 2147483648", "1024k, 1048576"})
  void shouldReadBytesWithAndWithoutAUnit(String text, long bytes) {
    assertThat(BYTES.reader().apply(ConfigValueFactory.fromAnyRef(text))).hasValue(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1023k", "5g", "64mb", "-1", "0x10", "1.5m", "9999999999999"})
  void shouldRefuseOtherBytes(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BYTES.reader().apply(ConfigValueFactory.fromAnyRef(text)));
    assertThat(BYTES.allowed()).endsWith("from 1m to 4g");
  }
}
