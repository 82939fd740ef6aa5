package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** No library that the build resolves is in a range of SECURITY.md's list. */
class KnownAdvisoriesTest {
  /** As a local repository names a jar: group/artifact/version/file. */
  private static final Pattern JAR =
      Pattern.compile(".*/repository/(.+)/([^/]+)/([^/]+)/\\2-\\3[^/]*\\.jar");

  private record Library(String name, String version) {}

  /**
   * One row of the list.
   *
   * @param from the first version that is affected
   * @param fixed the first that is not any more
   */
  private record Advisory(String id, String library, String from, String fixed) {
    boolean affects(Library used) {
      return used.name.equals(library)
          && compare(used.version, from) >= 0
          && compare(used.version, fixed) < 0;
    }
  }

  @Test
  void shouldUseNoVersionWithAnAdvisory() throws Exception {
    List<Library> used = resolved();
    assertThat(used)
        .extracting(Library::name)
        .contains(
            "io.netty:netty-codec-http",
            "io.netty:netty-transport-classes-epoll",
            "com.fasterxml.jackson.core:jackson-databind",
            "ch.qos.logback:logback-core",
            "org.jline:jline-native");
    for (Library library : used) {
      assertThat(advisories()).filteredOn(advisory -> advisory.affects(library)).isEmpty();
    }
  }

  @Test
  void shouldFindAVersionThatIsInARange() throws Exception {
    assertThat(found("io.netty:netty-codec-http", "4.2.17.Final")).contains("CVE-2026-89044");
    assertThat(found("io.netty:netty-codec-http", "4.2.18.Final")).hasSize(1);
    assertThat(found("io.netty:netty-codec-http", "4.2.19.Final")).isEmpty();
    assertThat(found("io.netty:netty-codec-http", "4.1.42.Final")).isEmpty(); // before the range
    assertThat(found("com.fasterxml.jackson.core:jackson-databind", "2.22.3"))
        .containsExactly("CVE-2026-110879, GHSA-m8xf-2cr7-77ph");
    assertThat(found("ch.qos.logback:logback-core", "1.5.9")).hasSize(5);
  }

  private static List<String> found(String name, String version) throws IOException {
    Library library = new Library(name, version);
    return advisories().stream()
        .filter(advisory -> advisory.affects(library))
        .map(Advisory::id)
        .toList();
  }

  private static List<Advisory> advisories() throws IOException {
    List<Advisory> listed =
        Files.readAllLines(ServerProcess.HOME.resolve("SECURITY.md")).stream()
            .map(line -> line.split(" *\\| *"))
            .filter(cells -> cells.length == 6 && cells[2].contains(":"))
            .map(cells -> new Advisory(cells[1], cells[2], cells[3], cells[4]))
            .toList();
    assertThat(listed).hasSizeGreaterThan(30);
    return listed;
  }

  /** What Maven put on this test's class path: what the programs use, and the tests. */
  private static List<Library> resolved() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(path.split(File.pathSeparator))
        .flatMap(jar -> JAR.matcher(jar.replace('\\', '/')).results())
        .map(KnownAdvisoriesTest::library)
        .toList();
  }

  private static Library library(MatchResult jar) {
    return new Library(jar.group(1).replace('/', '.') + ":" + jar.group(2), jar.group(3));
  }

  /** Number by number; {@code .Final} says nothing. */
  private static int compare(String one, String other) {
    int[] left = numbers(one);
    int[] right = numbers(other);
    return Arrays.compare(left, right);
  }

  private static int[] numbers(String version) {
    int[] numbers =
        Pattern.compile("\\d+")
            .matcher(version)
            .results()
            .mapToInt(digits -> Integer.parseInt(digits.group()))
            .toArray();
    return Arrays.copyOf(numbers, Math.max(4, numbers.length)); // 2.23 is 2.23.0
  }
}
