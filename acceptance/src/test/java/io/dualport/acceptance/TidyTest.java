package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Habits of the sources that no compiler holds. What was there before the habit stands in a list
 * beside this test (resources, {@code tidy/}); a list may only become shorter.
 */
class TidyTest {
  private static final int LONGEST_FILE = 300;
  private static final int LONGEST_METHOD = 60;
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?(io\\.dualport[a-z0-9_.]*)\\.[A-Z]", Pattern.MULTILINE);
  private static final Pattern SAYS_ALL =
      Pattern.compile("all packages\\s+(\\* )?below|every\\s+(\\* )?command");
  private static final Pattern PACKAGE =
      Pattern.compile("^package ([a-z0-9_.]+);", Pattern.MULTILINE);

  /** Path below the project to its text, of the programs alone. */
  private static final Map<String, String> SOURCES = new TreeMap<>();

  @BeforeAll
  static void readTheSources() throws IOException {
    for (String module : List.of("core", "server", "client", "lab")) {
      try (Stream<Path> files = Files.walk(ServerProcess.HOME.resolve(module + "/src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          SOURCES.put(
              ServerProcess.HOME.relativize(file).toString().replace('\\', '/'),
              Files.readString(file));
        }
      }
    }
    assertThat(SOURCES).hasSizeGreaterThan(300);
  }

  @Test
  void shouldHaveNoFileOfMoreThan300Lines() throws IOException {
    Map<String, Long> lines = new TreeMap<>();
    SOURCES.forEach((path, text) -> lines.put(path, text.lines().count()));

    assertNoneAbove(lines, LONGEST_FILE, "long-files.txt");
  }

  @Test
  void shouldHaveNoMethodOfMoreThan60Lines() throws IOException {
    assertNoneAbove(methodLines(), LONGEST_METHOD, "long-methods.txt");
  }

  @Test
  void shouldHaveNoCycleOfPackages() {
    Map<String, Set<String>> knows = knownPackages();
    for (String start : knows.keySet()) {
      assertThat(reachable(start, knows)).as("what %s leads to", start).doesNotContain(start);
    }
  }

  /** Of the packages beside it and below it: what all may know is told where that begins. */
  @Test
  void shouldSayOfEachPackageWhichOthersItKnows() {
    Map<String, String> said = new TreeMap<>();
    SOURCES.forEach(
        (path, text) -> {
          if (path.endsWith("/package-info.java")) {
            said.put(packageOf(text), text);
          }
        });

    knownPackages()
        .forEach(
            (name, known) -> {
              assertThat(said).as("package-info.java").containsKey(name);
              if (!SAYS_ALL.matcher(said.get(name)).find()) {
                String beside = name.substring(0, name.lastIndexOf('.') + 1);
                known.removeIf(one -> !one.startsWith(beside));
                assertThat(known)
                    .as("%s: %s", name, said.get(name))
                    .allSatisfy(
                        one ->
                            assertThat(said.get(name))
                                .containsPattern(
                                    "\\b" + one.substring(one.lastIndexOf('.') + 1) + "\\b"));
              }
            });
  }

  @Test
  void shouldUseASimpleNameOnce() throws IOException {
    Map<String, Long> uses = new TreeMap<>();
    SOURCES.keySet().stream()
        .map(path -> path.substring(path.lastIndexOf('/') + 1).replace(".java", ""))
        .filter(name -> !name.equals("package-info"))
        .forEach(name -> uses.merge(name, 1L, Long::sum));

    assertNoneAbove(uses, 1, "names-used-twice.txt");
  }

  /** The programs set the locale when they start; a library or a test need not have done so. */
  @Test
  void shouldFormatWithALocale() {
    Pattern without = Pattern.compile("\\.formatted\\(|String\\.format\\((?!\\s*Locale\\.)");
    List<String> found = new ArrayList<>();
    SOURCES.forEach(
        (path, text) -> {
          String[] lines = text.split("\n");
          for (int i = 0; i < lines.length; i++) {
            boolean continued = i + 1 < lines.length && lines[i].endsWith("String.format(");
            String line = continued ? lines[i] + lines[i + 1].strip() : lines[i];
            if (without.matcher(line).find()) {
              found.add(path + ":" + (i + 1));
            }
          }
        });

    assertThat(found).as("use Words.format").isEmpty();
  }

  /** Package to the others of this project that its classes import. */
  private static Map<String, Set<String>> knownPackages() {
    Map<String, Set<String>> knows = new TreeMap<>();
    for (String text : SOURCES.values()) {
      String own = packageOf(text);
      Set<String> known = knows.computeIfAbsent(own, unseen -> new TreeSet<>());
      IMPORT.matcher(text).results().map(found -> found.group(1)).forEach(known::add);
      known.remove(own);
    }
    return knows;
  }

  private static String packageOf(String text) {
    Matcher own = PACKAGE.matcher(text);
    assertThat(own.find()).isTrue();
    return own.group(1);
  }

  /** Everything that the values lead to, over any number of steps. */
  private static Set<String> reachable(String start, Map<String, Set<String>> knows) {
    Set<String> seen = new TreeSet<>();
    Deque<String> next = new ArrayDeque<>(knows.get(start));
    while (!next.isEmpty()) {
      String name = next.pop();
      if (seen.add(name)) {
        next.addAll(knows.getOrDefault(name, Set.of()));
      }
    }
    return seen;
  }

  /** Lines in the list are {@code NAME NUMBER}. */
  private static void assertNoneAbove(Map<String, Long> sizes, long most, String list)
      throws IOException {
    Map<String, Long> known = new HashMap<>();
    Path file = ServerProcess.HOME.resolve("acceptance/src/test/resources/tidy").resolve(list);
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ");
      known.put(words[0], Long.valueOf(words[1]));
    }
    Map<String, Long> above = new TreeMap<>(sizes);
    above.values().removeIf(size -> size <= most);

    assertThat(above)
        .as(
            "more than %d; tidy/%s is what was so before, and shrinks with what it lists",
            most, list)
        .isEqualTo(known);
  }

  private static Map<String, Long> methodLines() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Map<String, Long> lines = new TreeMap<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      List<Path> paths = SOURCES.keySet().stream().map(ServerProcess.HOME::resolve).toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(paths));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new Methods(unit, positions, lines).scan(unit, null);
      }
    }
    return lines;
  }

  private static final class Methods extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final Map<String, Long> lines;

    Methods(CompilationUnitTree unit, SourcePositions positions, Map<String, Long> lines) {
      this.unit = unit;
      this.positions = positions;
      this.lines = lines;
    }

    @Override
    public Void visitMethod(MethodTree method, Void none) {
      LineMap map = unit.getLineMap();
      long first = map.getLineNumber(positions.getStartPosition(unit, method));
      long last = map.getLineNumber(positions.getEndPosition(unit, method));
      ClassTree type = (ClassTree) getCurrentPath().getParentPath().getLeaf();
      // A chapter of the lab is told in one go, and its file has the limit of a file.
      if (!method.getName().contentEquals("script")) {
        // The longest of those with one name stands for all.
        lines.merge(type.getSimpleName() + "." + method.getName(), last - first + 1, Math::max);
      }
      return super.visitMethod(method, none);
    }
  }
}
