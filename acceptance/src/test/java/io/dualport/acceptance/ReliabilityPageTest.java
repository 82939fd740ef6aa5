package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/RELIABILITY.md promises is held by tests that there are. */
class ReliabilityPageTest {
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*Test)(?:\\.(\\w+))?`");

  private static final String HEADING = "| fault | promise | tests | last measured |";

  @Test
  void shouldNameTestsThatThereAre() throws Exception {
    Map<String, String> sources = sources();
    List<MatchResult> named = TEST.matcher(page()).results().toList();
    assertThat(named).hasSizeGreaterThan(20);
    for (MatchResult test : named) {
      assertThat(sources).as(test.group()).containsKey(test.group(1));
      if (test.group(2) != null) {
        assertThat(sources.get(test.group(1)))
            .as(test.group())
            .contains(" void " + test.group(2) + "(");
      }
    }
  }

  @Test
  void shouldNameATestForEachFault() throws Exception {
    List<String> tables = List.of(page().split(Pattern.quote(HEADING + "\n|---|---|---|---|\n")));
    assertThat(tables).hasSizeGreaterThan(3);
    for (String table : tables.subList(1, tables.size())) {
      for (String row : table.lines().takeWhile(line -> line.startsWith("| ")).toList()) {
        String[] cells = row.split(" *\\| *", -1);
        assertThat(cells).as(row).hasSize(HEADING.split("\\|", -1).length);
        assertThat(cells[3]).as(row).containsPattern(TEST);
      }
    }
  }

  private static String page() throws IOException {
    return Files.readString(ServerProcess.HOME.resolve("docs/RELIABILITY.md"));
  }

  /** By class name; two modules may have one of the same name. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("core", "server", "client", "lab", "acceptance")) {
      try (Stream<Path> files = Files.walk(ServerProcess.HOME.resolve(module + "/src/test/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.merge(name, Files.readString(file), String::concat);
        }
      }
    }
    return sources;
  }
}
