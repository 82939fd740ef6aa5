package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.verdict.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages point at is there: files, headings, and pages that other files name. */
class PagesTest {
  private static final Path HOME = ServerProcess.HOME;

  /** What is built, or is not ours. */
  private static final Set<String> NOT_LOOKED_AT = Set.of(".git", ".idea", "target", "fuzz");

  /** The target of {@code [words](target)} and of {@code ![picture](target)}. */
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

  private static final Pattern FENCE = Pattern.compile("\\s*```.*");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(.+)");

  /** A page that a comment or a help text names. */
  private static final Pattern NAMED =
      Pattern.compile("\\b(?:docs|docker|k8s|wireshark)/[A-Za-z-]+(?:\\.zh-CN)?\\.md\\b");

  /** What GitHub shows by itself, and the origin of files that are not ours. */
  private static final Pattern NOT_READ_IN_TURN = Pattern.compile("\\.github/.*|.*/vendor/.*");

  /** The row of a verdict, linked to its section or not. */
  private static final Pattern VERDICT = Pattern.compile("\\| \\[?`[a-z][a-z-]+`");

  private static final long MOST_BYTES = 1 << 20;
  private static final long MOST_README_BYTES = 10 * 1024;

  @Test
  void shouldLinkToFilesAndHeadingsThatThereAre() throws Exception {
    int links = 0;
    for (Path page : pages()) {
      for (String link : links(page)) {
        String[] parts = link.split("#", 2);
        Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        assertThat(file).as("%s: %s", HOME.relativize(page), link).exists();
        if (parts.length == 2) {
          assertThat(anchors(file)).as("%s: %s", HOME.relativize(page), link).contains(parts[1]);
        }
        links++;
      }
    }
    assertThat(links).isGreaterThan(100);
  }

  @Test
  void shouldBeReachedFromTheReadme() throws Exception {
    Set<Path> reached = new HashSet<>();
    ArrayDeque<Path> next = new ArrayDeque<>(List.of(HOME.resolve("README.md")));
    while (!next.isEmpty()) {
      Path page = next.pop();
      if (reached.add(page)) {
        for (String link : links(page)) {
          Path linked = page.resolveSibling(link.split("#", 2)[0]).normalize();
          if (linked.toString().endsWith(".md")) {
            next.push(linked);
          }
        }
      }
    }

    assertThat(pages())
        .filteredOn(page -> !NOT_READ_IN_TURN.matcher(HOME.relativize(page).toString()).matches())
        .isSubsetOf(reached);
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "README.zh-CN.md"})
  void shouldTellTheWholeOnOnePage(String readme) throws Exception {
    assertThat(Files.size(HOME.resolve(readme))).isLessThanOrEqualTo(MOST_README_BYTES);
  }

  @Test
  void shouldBeThereWhereAFileNamesThem() throws Exception {
    int named = 0;
    for (Path file : files()) {
      if (Files.size(file) < MOST_BYTES) {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        for (MatchResult page : NAMED.matcher(text).results().toList()) {
          assertThat(HOME.resolve(page.group())).as("in %s", HOME.relativize(file)).exists();
          named++;
        }
      }
    }
    assertThat(named).isGreaterThan(20);
  }

  @Test
  void shouldHaveEveryKeyAsTheConfigurationExplainsIt(@TempDir Path folder) throws Exception {
    Path made = folder.resolve("reference.md");
    Shell.succeed("'%s' '%s'".formatted(HOME.resolve("docs/reference"), made));

    assertThat(Files.readString(HOME.resolve("docs/reference.md")))
        .as("run docs/reference and commit what it writes")
        .isEqualTo(Files.readString(made));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/check.md", "docs/check.zh-CN.md"})
  void shouldExplainEveryVerdictInItsOrder(String page) throws Exception {
    assertThat(Files.readAllLines(HOME.resolve(page)))
        .filteredOn(line -> VERDICT.matcher(line).lookingAt())
        .extracting(line -> line.split("`")[1])
        .containsExactlyElementsOf(Stream.of(Verdict.values()).map(Verdict::label).toList());
  }

  @ParameterizedTest
  @CsvSource({"docs/lab.md, en", "docs/lab.zh-CN.md, zh"})
  void shouldHaveTheQuestionsAsTheLabTellsThem(String page, String language) throws Exception {
    String lab = String.join(" ", ServerProcess.java(HOME.resolve("lab/target/dual-lab.jar")));
    String table = Shell.succeed(lab + " questions --format markdown --lang " + language);

    assertThat(Files.readString(HOME.resolve(page)))
        .as("run docs/experiments and commit what it writes")
        .containsSubsequence("<!-- questions: begin", table, "<!-- questions: end");
  }

  private static List<Path> pages() throws IOException {
    return files().stream().filter(file -> file.toString().endsWith(".md")).toList();
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        HOME,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean skipped = NOT_LOOKED_AT.contains(folder.getFileName().toString());
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  /** Those into this repository. */
  private static List<String> links(Path page) throws IOException {
    String prose = String.join("\n", prose(page)).replaceAll("`[^`]*`", "");
    return LINK.matcher(prose)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !ELSEWHERE.matcher(link).matches())
        .toList();
  }

  /** Without what stands in code blocks. */
  private static List<String> prose(Path page) throws IOException {
    List<String> prose = new ArrayList<>();
    boolean code = false;
    for (String line : Files.readAllLines(page)) {
      if (FENCE.matcher(line).matches()) {
        code = !code;
      } else if (!code) {
        prose.add(line);
      }
    }
    return prose;
  }

  /** What a page's headings are linked to by; of equal ones the later have a number behind. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new HashSet<>();
    Map<String, Integer> before = new HashMap<>();
    for (String line : prose(page)) {
      HEADING
          .matcher(line)
          .results()
          .filter(heading -> heading.start() == 0)
          .map(heading -> anchor(heading.group(1)))
          .forEach(
              anchor -> {
                int equal = before.merge(anchor, 1, Integer::sum) - 1;
                anchors.add(equal == 0 ? anchor : anchor + "-" + equal);
              });
    }
    return anchors;
  }

  /** As GitHub makes it of a heading: small letters, hyphens for blanks, no other signs. */
  private static String anchor(String heading) {
    return heading
        .strip()
        .replaceAll("\\[([^]]*)\\]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{M}\\p{N}_ -]", "")
        .replace(' ', '-');
  }
}
