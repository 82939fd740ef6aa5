package io.dualport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code include} reads; the defaults stand in the test's reference.conf. */
class IncludesTest {
  private static final Setting<Integer> PORT = Setting.integer("port", 0, 65535);
  private static final List<Setting<?>> ALL =
      List.of(
          PORT,
          Setting.text("host", "any"),
          Setting.text("mode", "any"),
          Setting.text("idle-timeout", "any"),
          Setting.text("drain", "any"),
          Setting.text("udp-rate", "any"),
          Setting.onOff("stamp"),
          Setting.onOff("guard.enabled"),
          Setting.integers("guard.reflector-ports", 1, 65535));

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"more.conf\"",
        "include \"more\"",
        "include \"./more.conf\"",
        "include required(\"more.conf\")",
        "include file(\"more.conf\")",
        "include required(file(\"more.conf\"))",
        "include \"other.cfg\"",
        "include \"other.json\"",
        "include \"sub/first.conf\"",
        "server { include \"bare.conf\" }"
      })
  void shouldReadAFileBesideTheOneThatIncludesIt(String line) throws IOException {
    write("more.conf", "server.port = 7");
    write("other.cfg", "server.port = 7");
    write("other.json", "{\"server\": {\"port\": 7}}");
    write("bare.conf", "port = 7");
    write("sub/first.conf", "include \"deep/second\"");
    write("sub/deep/second.conf", "server.port = 7");

    Settings settings = load(write("main.conf", line));

    assertThat(settings.get(PORT)).isEqualTo(7);
    assertThat(settings.notes()).isEmpty();
  }

  @Test
  void shouldReadWhatIsBesideALinkElseWhatIsBesideItsTarget() throws IOException {
    Path main = write("target/main.conf", "include \"more.conf\"");
    write("target/more.conf", "server.port = 1");
    Files.createDirectories(folder.resolve("links"));
    Path link = Files.createSymbolicLink(folder.resolve("links/main.conf"), main);

    assertThat(load(link).get(PORT)).isEqualTo(1);

    write("links/more.conf", "server.port = 2");
    assertThat(load(link).get(PORT)).isEqualTo(2);
    assertThat(load(main).get(PORT)).isEqualTo(1);
  }

  @Test
  void shouldRefuseAPropertiesFileThatIsNone() throws IOException {
    Path included = write("more.properties", "server.port = \\u0");

    assertRefused(
        write("main.conf", "include \"more\""),
        "configuration file " + included + ": Malformed \\uxxxx encoding.");
  }

  @Test
  void shouldMergeAllEndingsThatANameWithoutOneCanHave() throws IOException {
    write("more.conf", "server.port = 1");
    write("more.json", "{\"server\": {\"port\": 2, \"stamp\": \"off\"}}");

    Settings settings = load(write("main.conf", "include \"more\""));

    assertThat(settings.get(PORT)).isEqualTo(1);
    assertThat(settings.get(Setting.onOff("stamp"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"include \"more.conf\"", "include file(\"more.conf\")"})
  void shouldSayThatAnIncludeIsLeftOut(String line) throws IOException {
    Path main = write("main.conf", line);

    assertThat(load(main).notes())
        .containsExactly(
            "include \"more.conf\" is left out: there is no such regular file beside "
                + main
                + "; include required(\"more.conf\") would refuse that");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"include required(\"more.conf\")", "include required(file(\"more.conf\"))"})
  void shouldRefuseARequiredIncludeOfNothing(String line) throws IOException {
    Path main = write("main.conf", line);
    Files.createDirectory(folder.resolve("more.conf"));

    assertRefused(
        main,
        "configuration file %s: include \"more.conf\": there is no such regular file beside %s"
            .formatted(main, main));
  }

  @ParameterizedTest
  @ValueSource(strings = {"include \"a\\u0000b\"", "include file(\"a\\u0000b\")"})
  void shouldRefuseAnIncludeThatCanBeNoPath(String line) throws IOException {
    Path main = write("main.conf", line);

    assertRefused(
        main, "configuration file " + main + ": include \"a\0b\": Nul character not allowed: a\0b");
  }

  /** The pipe has no writer and would never end; beside the root there is nothing to read. */
  @ParameterizedTest
  @ValueSource(strings = {"more.conf", "more", "/"})
  void shouldReadNothingButRegularFiles(String name) throws Exception {
    Path main = write("main.conf", "include \"" + name + "\"");
    Path pipe = folder.resolve("more.conf");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");

    assertThat(load(main).notes())
        .singleElement()
        .asString()
        .startsWith(
            "include \"" + name + "\" is left out: there is no such regular file beside " + main);
  }

  @Test
  void shouldEndWhereFilesIncludeEachOther() throws IOException {
    write("other.conf", "include \"main.conf\"");
    Path main = write("main.conf", "include \"other.conf\"");

    assertRefused(
        main,
        "configuration file %s: include \"main.conf\": includes nest deeper than 50, probably for ever"
            .formatted(folder.resolve("other.conf")));
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  private static Settings load(Path file) {
    return Settings.load("server", ALL, Map.of(), Map.of(), file);
  }

  private static void assertRefused(Path file, String message) {
    assertThatExceptionOfType(SettingException.class)
        .isThrownBy(() -> load(file))
        .withMessage(message);
  }
}
