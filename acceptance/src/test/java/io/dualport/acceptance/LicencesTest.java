package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Each jar says under what licence everything in it is, and holds the texts. */
class LicencesTest {
  private static final List<Path> JARS =
      List.of(
          ServerProcess.SERVER_JAR,
          ServerProcess.CLIENT_JAR,
          ServerProcess.HOME.resolve("lab/target/dual-lab.jar"));

  private static final String HOME = "META-INF/licenses/";
  private static final Pattern ROW =
      Pattern.compile("\\| [^|]+ \\| `([^`]+)` \\| [^|]+ \\| (\\S+) \\|");

  @ParameterizedTest
  @FieldSource("JARS")
  void shouldNameALicenceForEveryClassAndHoldItsText(Path jar) throws IOException {
    Set<String> files = files(jar);
    Map<String, String> texts = texts(jar);

    assertThat(files).contains("META-INF/LICENSE");
    assertThat(read(jar, "META-INF/LICENSE"))
        .isEqualTo(Files.readString(ServerProcess.HOME.resolve("LICENSE")));
    assertThat(texts).hasSizeGreaterThan(5);
    for (String text : texts.values()) {
      assertThat(files).contains(Path.of(HOME).resolve(text).normalize().toString());
    }
    Set<String> unnamed =
        files.stream()
            .filter(file -> file.endsWith(".class") && !file.startsWith("io/dualport/"))
            .filter(file -> texts.keySet().stream().noneMatch(file::startsWith))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(unnamed).as("classes of a library that LIBRARIES.txt does not name").isEmpty();
  }

  @Test
  void shouldNameNoLibraryThatIsInNoJar() throws IOException {
    Set<String> files = new TreeSet<>();
    for (Path jar : JARS) {
      files.addAll(files(jar));
    }

    for (String packages : texts(ServerProcess.SERVER_JAR).keySet()) {
      assertThat(files).as(packages).anyMatch(file -> file.startsWith(packages));
    }
  }

  /** The libraries of the page, which are scripts. */
  @Test
  void shouldHoldALicenceBesideEachScriptOfThePage() throws IOException {
    String vendor = "io/dualport/server/admin/page/vendor/";
    List<String> ours = new ArrayList<>(files(ServerProcess.SERVER_JAR));
    ours.removeIf(file -> !file.startsWith(vendor) || file.endsWith("/"));
    Set<String> names =
        ours.stream()
            .map(file -> file.substring(vendor.length()))
            .filter(file -> file.matches(".*\\.(js|css)"))
            .flatMap(file -> Stream.of(file.replaceFirst("\\..*", "").split("-")))
            .collect(Collectors.toSet());

    assertThat(names).isNotEmpty();
    for (String name : names) {
      assertThat(ours).as(name).contains(vendor + name + ".LICENSE");
    }
  }

  /** Where each library's text stands, by where its classes do. */
  private static Map<String, String> texts(Path jar) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    ROW.matcher(read(jar, HOME + "LIBRARIES.txt"))
        .results()
        .forEach(row -> texts.put(row.group(1), row.group(2)));
    return texts;
  }

  /** Without what is there once more for a newer Java. */
  private static Set<String> files(Path jar) throws IOException {
    try (JarFile open = new JarFile(jar.toFile())) {
      return open.stream()
          .map(entry -> entry.getName().replaceFirst("^META-INF/versions/\\d+/", ""))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String read(Path jar, String file) throws IOException {
    try (JarFile open = new JarFile(jar.toFile())) {
      return new String(
          open.getInputStream(open.getEntry(file)).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
