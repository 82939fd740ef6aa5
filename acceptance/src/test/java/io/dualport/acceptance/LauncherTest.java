package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./dual} as it is typed by somebody who does not know it yet. */
class LauncherTest {
  private static final Path DUAL = ServerProcess.HOME.resolve("dual");

  /** What Maven says of a first build, in the order in which it does. */
  private static final List<String> MAVEN =
      List.of(
          "[INFO] Building Dualport core 0.1.0                                       [1/4]",
          "[INFO] Downloading from central: https://repo.example/maven2/a/first.pom",
          "[INFO] Downloaded from central: https://repo.example/maven2/a/first.pom (8.2 kB at 12"
              + " kB/s)",
          "Downloading from central:"
              + " https://repo.example/maven2/a/second-with-a-name-that-is-longer-than-a-line-of-this-terminal.jar",
          "Downloaded from central:"
              + " https://repo.example/maven2/a/second-with-a-name-that-is-longer-than-a-line-of-this-terminal.jar"
              + " (12 MB at 3.4 MB/s)",
          "[INFO] --- compiler:3.16.0:compile (default-compile) @ core ---",
          "[INFO] Building Dualport server 0.1.0                                     [2/4]");

  @TempDir private Path copy;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--help            | Usage: ./dual COMMAND",
        "help              | Usage: ./dual COMMAND",
        "demo --help       | Usage: ./dual demo",
        "build --help      | Usage: ./dual build",
        "build -h          | Usage: ./dual build",
        "help build        | Usage: ./dual build",
        "test --help       | Usage: ./dual test [quick] [OPTIONS]",
        "bench --help      | Usage: ./dual bench [NAME]",
        "fuzz --help       | ./dual fuzz [--minutes N] [TARGET...]",
        "soak --help       | ./dual soak [--minutes N] [--seed N] [--transport NAME]",
        "bench admin --help| bench/admin [ROUNDS]",
        "bench memory -h   | bench/memory [MILLIONS]",
        "bench jmh -h      | bench/jmh [REGEX] [JMH OPTIONS]",
        "bench spread -h   | bench/spread [MEMBERS] [FIVE-TUPLES] [SEED]",
        "bench check -h    | bench/check [ROUNDS]",
        "capture --help    | Usage: ./dual capture [PORT] [OPTIONS]",
        "completion --help | Usage: ./dual completion bash|zsh",
        "server --help     | Usage: dual-server [OPTIONS]",
        "client --help     | Usage: dual-client [COMMAND] [OPTIONS] HOST:PORT",
        "lab --help        | Usage: dual-lab COMMAND [OPTIONS]"
      })
  void shouldSayWhatEachPartDoesWithoutDoingIt(String typed, String usage) throws Exception {
    Shell help = Shell.run("'" + DUAL + "' " + typed);

    assertThat(help.exitCode()).as(help.err()).isZero();
    assertThat(help.out()).contains(usage);
    assertThat(help.out().lines()).allSatisfy(l -> assertThat(l).hasSizeLessThanOrEqualTo(120));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "version"})
  void shouldPrintTheVersionOfTheProject(String typed) throws Exception {
    String pom = Files.readString(ServerProcess.HOME.resolve("pom.xml"));
    String version =
        Pattern.compile("<artifactId>dualport</artifactId>\\s*<version>(.*)</version>")
            .matcher(pom)
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);

    assertThat(Shell.succeed("'" + DUAL + "' " + typed)).isEqualTo("dualport " + version);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "demoo          | unknown command 'demoo': did you mean demo?",
        "dmeo           | unknown command 'dmeo': did you mean demo?",
        "sever          | unknown command 'sever': did you mean server?",
        "clent          | unknown command 'clent': did you mean client?",
        "cap            | unknown command 'cap': did you mean capture?",
        "tist           | unknown command 'tist': did you mean test?",
        "chek host:1    | unknown command 'chek': did you mean ./dual client check?",
        "lod            | unknown command 'lod': did you mean ./dual client load?",
        "snd            | unknown command 'snd': did you mean ./dual client send?",
        "check host:1   | check is a command of the client: ./dual client check",
        "frobnicate     | unknown command 'frobnicate'",
        "demo now       | demo takes no options, and not 'now'",
        "bench memmory  | there is no bench 'memmory': server generator memory admin jmh spread check",
        "completion fish| completion is for bash or zsh, not 'fish'"
      })
  void shouldSayWhatWasMeant(String typed, String said) throws Exception {
    Shell refused = Shell.run("'" + DUAL + "' " + typed);

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .isEqualTo("dual: " + said + "\n./dual --help shows what is allowed.\n");
    assertThat(refused.out()).isEmpty();
  }

  @Test
  void shouldTellAFirstBuildInAFewLinesWhereThereIsNoTerminal() throws Exception {
    Shell build = buildWith(MAVEN, 0, "'%s/dual' build".formatted(copy));

    assertThat(build.exitCode()).isZero();
    assertThat(build.out()).isEmpty();
    assertThat(build.err().replaceAll("\\d+ s", "N s").lines())
        .containsExactly(
            "dual: N s: starting Maven",
            "dual: N s: building core",
            "dual: N s: fetching Maven's plugins and the libraries",
            "dual: N s, 2 files with 12 MB fetched: building server",
            "dual: built in N s");
  }

  @Test
  void shouldTellAFirstBuildInOneLineOfATerminal() throws Exception {
    Tool.require(Tool.SCRIPT);
    String typescript = "'" + copy.resolve("typescript") + "'";

    buildWith(
        MAVEN,
        0,
        "TERM=xterm script -qec \"stty cols 70; '%s/dual' build\" %s".formatted(copy, typescript));

    String written = Files.readString(copy.resolve("typescript"));
    String shown =
        written.substring(written.indexOf('\r'), written.indexOf("dual: built in")).strip();
    assertThat(shown).doesNotContain("\n");
    List<String> pictures = List.of(shown.split("\r\u001b\\[K"));
    assertThat(pictures)
        .allSatisfy(picture -> assertThat(picture).hasSizeLessThan(70))
        .anySatisfy(picture -> assertThat(picture).endsWith("fetching first.pom"))
        .anySatisfy(picture -> assertThat(picture).contains("fetched: fetching second-with-a-name"))
        .anySatisfy(picture -> assertThat(picture).endsWith("building core: compiler"))
        .anySatisfy(picture -> assertThat(picture).endsWith("building server"));
  }

  @Test
  void shouldShowTheErrorsOfABuildWhole() throws Exception {
    List<String> errors =
        List.of(
            "[ERROR] COMPILATION ERROR : ",
            "[ERROR] Counters.java:[47,10] cannot find symbol",
            "  symbol:   class Knowledge",
            "curl: (6) Could not resolve host: repo.example");

    Shell build =
        buildWith(
            List.of(MAVEN.get(0), errors.get(0), errors.get(1), errors.get(2), errors.get(3)),
            1,
            "'%s/dual' lab list".formatted(copy));

    assertThat(build.exitCode()).isEqualTo(1);
    assertThat(build.err()).contains(String.join("\n", errors) + "\ndual: the build failed");
    assertThat(build.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"server", "client", "lab"})
  void shouldStartFromAnArchiveOfWhatTheProgramLoads(String part) throws Exception {
    Shell.succeed("'" + DUAL + "' " + part + " --version"); // after which there is one

    List<String> loaded = loaded("'%s' %s --version".formatted(DUAL, part));

    assertThat(loaded)
        .filteredOn(line -> line.matches(".* io\\.dualport\\.\\w+\\.Dual\\w+Main .*"))
        .singleElement()
        .satisfies(line -> assertThat(line).contains("shared objects file"));
    // Java 25 leaves out picocli's classes, which are compiled for Java 5.
    long archived = loaded.stream().filter(line -> line.contains("shared objects file")).count();
    assertThat(archived).isGreaterThan(loaded.size() / 2);
  }

  /** There is no folder for temporary files, so nothing could be unpacked into it. */
  @Test
  void shouldHaveUnpackedTheNativeLibrary() throws Exception {
    assumeTrue(Transport.EPOLL.isAvailable(), "epoll, whose library it is, is Linux's");
    Shell.succeed("'" + DUAL + "' lab --version"); // after which there are archives
    String without = "export JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=/nowhere; ";

    Shell served =
        Shell.run(
            without
                + "'%s' server --port 0 --admin off --transport epoll --view json".formatted(DUAL)
                + " --report-every 100ms | head -n 2");
    assertThat(served.out()).as(served.err()).contains("\"transport\":\"epoll");

    Shell told = Shell.run(without + "'%s' lab run 7".formatted(DUAL));
    assertThat(told.exitCode()).as(told.out() + told.err()).isZero();
    assertThat(told.out()).doesNotContain("SKIPPED");
  }

  @Test
  void shouldRecordAnewWhatAnotherPlaceHasRecorded() throws Exception {
    Shell.succeed("'" + DUAL + "' client --version");
    copyOfTheLauncher();
    for (String part : List.of("server", "client", "lab")) {
      String jar = part + "/target/dual-" + part + ".jar";
      Files.copy(ServerProcess.HOME.resolve(jar), copy.resolve(jar));
    }
    // Those of another place, newer than the jars here.
    Shell.succeed(
        "mkdir '%s/target' && cp -r '%s/target/archives' '%s/target'"
            .formatted(copy, ServerProcess.HOME, copy));

    assertThat(Shell.run("'%s/dual' client --version".formatted(copy)).err())
        .as("Java refuses them, and shares no class at all then")
        .contains("recording what the programs load");
    assertThat(Shell.run("'%s/dual' client --version".formatted(copy)).err()).isEmpty();
    assertThat(loaded("'%s/dual' client --version".formatted(copy)))
        .anyMatch(line -> line.contains("DualClientMain") && line.contains("shared objects file"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+UseParallelGC", "-Xshare:off", "-Xmx64m"})
  void shouldLeaveTheUserHisOptionsOfJava(String option) throws Exception {
    Shell version = Shell.run("JAVA_TOOL_OPTIONS=%s '%s' client --version".formatted(option, DUAL));

    assertThat(version.exitCode()).as(version.err()).isZero();
    assertThat(version.out()).startsWith("dual-client ");
    assertThat(version.err().lines()).allMatch(line -> line.startsWith("Picked up "));
  }

  /** What Java says of the classes that a command loads. */
  private List<String> loaded(String line) throws Exception {
    Path file = copy.resolve("loaded");
    Shell.succeed("JDK_JAVA_OPTIONS='-Xlog:class+load:file=%s' %s".formatted(file, line));
    return Files.readAllLines(file);
  }

  /** The launcher, and as much beside it as it looks at. */
  private void copyOfTheLauncher() throws Exception {
    Shell.succeed(
        "cd '%s' && cp -r dual launcher .mvn pom.xml '%s'".formatted(ServerProcess.HOME, copy));
    for (String module : List.of("core", "server", "client", "lab")) {
      Files.createDirectories(copy.resolve(module).resolve("src/main"));
      Files.createDirectories(copy.resolve(module).resolve("target"));
      Files.createFile(copy.resolve(module).resolve("pom.xml"));
    }
  }

  /** Runs a copy of the launcher whose Maven prints these lines and ends so. */
  private Shell buildWith(List<String> maven, int code, String line) throws Exception {
    copyOfTheLauncher();
    // No folder can be made of it: what is recorded after a build is for other tests.
    Files.createFile(Files.createDirectories(copy.resolve("target")).resolve("archives"));
    Files.write(copy.resolve("said"), maven);
    Path mvnw = copy.resolve("mvnw");
    Files.writeString(mvnw, "#!/bin/sh\ncat said\nexit " + code + "\n");
    Shell.succeed("chmod +x '" + mvnw + "'");
    Shell.succeed(
        "mkdir -p '%s'/wrapper/dists/\"$(sed -n 's|^distributionUrl=.*/\\(.*\\)-bin\\.zip$|\\1|p' '%s/.mvn/wrapper/maven-wrapper.properties')\""
            .formatted(copy, copy));
    return Shell.run("MAVEN_USER_HOME='%s' %s".formatted(copy, line));
  }
}
