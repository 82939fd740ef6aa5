package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code ./release} and packaging/central refuse; what they make is looked at by .ci/run. */
class ReleaseTest {
  private static final List<String> LIBRARIES = List.of("core", "server", "client", "lab");
  private static final String VERSION = "1.2.3";

  @TempDir Path folder;

  /** The script itself, in a repository where making anything is one line. */
  private Shell release(String made) throws Exception {
    Path checkout = Files.createDirectories(folder.resolve("checkout/packaging")).getParent();
    Files.copy(ServerProcess.HOME.resolve("release"), checkout.resolve("release"));
    Files.writeString(checkout.resolve("dual"), "echo dualport " + VERSION);
    Files.writeString(
        checkout.resolve("packaging/jars.bash"),
        "make_jars() { echo same >$out/a.jar; }\nmake_maven() { mkdir $out/maven; }\n"
            + "make_archive() { :; }\n");
    Files.writeString(checkout.resolve("packaging/deb.bash"), "make_deb() { " + made + "; }\n");
    return Shell.run(
        "cd '"
            + checkout
            + "' && chmod +x dual && git init -q && git add . && git -c user.name=a -c user.email=a"
            + " commit -qm a && bash release");
  }

  @Test
  void shouldKeepWhatTwoBuildsMadeAlike() throws Exception {
    Shell done = release("echo same >$out/maven/b.jar");

    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(done.out().lines().map(line -> line.substring(66)))
        .containsExactly("a.jar", "maven/b.jar");
    assertThat(folder.resolve("checkout/target/release/maven/b.jar")).hasContent("same");
  }

  @ParameterizedTest
  @CsvSource({
    "echo $place >$out/maven/b.jar, Files .*/first/out/maven/b.jar and .*/second/out/maven/b.jar differ",
    "[[ $place != */second ]] || touch $out/b.deb, Only in .*/second/out: b.deb"
  })
  void shouldNameTheFileThatTwoBuildsDoNotAgreeOn(String made, String difference) throws Exception {
    Shell done = release(made);

    assertThat(done.exitCode()).isEqualTo(1);
    assertThat(done.err().lines())
        .anyMatch(line -> line.matches(difference))
        .anyMatch(line -> line.matches("release: two builds of [0-9a-f]{40} differ"));
    assertThat(folder.resolve("checkout/target")).doesNotExist();
  }

  @Test
  void shouldEndWithABuildThatFails() throws Exception {
    Shell done = release("[[ $place != */second ]] || fail broken");

    assertThat(done.exitCode()).isEqualTo(1);
    assertThat(done.err()).contains("release: broken", "release: a build failed");
  }

  /** The POMs of the tree, with jars in name only. */
  private Path libraries() throws IOException {
    Path maven = folder.resolve("maven");
    Path parent = maven.resolve("io/dualport/dualport/" + VERSION);
    Files.createDirectories(parent);
    Files.copy(
        ServerProcess.HOME.resolve("pom.xml"),
        parent.resolve("dualport-%s.pom".formatted(VERSION)));
    for (String library : LIBRARIES) {
      Path home = Files.createDirectories(maven.resolve("io/dualport/" + library + "/" + VERSION));
      Files.copy(
          ServerProcess.HOME.resolve(library + "/pom.xml"),
          home.resolve("%s-%s.pom".formatted(library, VERSION)));
      for (String kind : List.of("", "-sources", "-javadoc")) {
        Files.createFile(home.resolve("%s-%s%s.jar".formatted(library, VERSION, kind)));
      }
    }
    return maven;
  }

  /** The same, with a project's url. */
  private Path librariesOfAProject() throws IOException {
    Path maven = libraries();
    change(
        maven.resolve("io/dualport/dualport/1.2.3/dualport-1.2.3.pom"), "\\.invalid", ".example");
    return maven;
  }

  private static void change(Path pom, String from, String to) throws IOException {
    Files.writeString(pom, Files.readString(pom).replaceAll(from, to));
  }

  private Shell bundle(Path maven) throws Exception {
    return Shell.run(
        "cd '%s' && export GNUPGHOME='%s' && '%s' maven bundle.zip"
            .formatted(
                folder, folder.resolve("keys"), ServerProcess.HOME.resolve("packaging/central")));
  }

  @Test
  void shouldBundleTheLibrariesSignedForMavenCentral() throws Exception {
    Tool.require(Tool.GPG);
    Path maven = librariesOfAProject();
    String keys = "export GNUPGHOME='%s' && ".formatted(folder.resolve("keys"));
    Shell.succeed(
        keys + "mkdir -m 700 $GNUPGHOME && gpg --batch --passphrase '' --quick-gen-key me");
    try {
      Shell done = bundle(maven);

      assertThat(done.exitCode()).as(done.err()).isZero();
      List<String> files =
          Shell.succeed("jar tf '%s/bundle.zip'".formatted(folder))
              .lines()
              .filter(name -> !name.endsWith("/"))
              .toList();
      assertThat(files).hasSize(4 * (1 + 4 * LIBRARIES.size()));
      assertThat(files)
          .allMatch(name -> name.startsWith("io/dualport/"))
          .contains("io/dualport/core/1.2.3/core-1.2.3-javadoc.jar.sha1");
      Shell.succeed(
          keys
              + "cd '%s' && jar xf bundle.zip && cd io/dualport/lab/1.2.3 && gpg --verify lab-1.2.3.pom.asc lab-1.2.3.pom"
                  .formatted(folder)
              + " && [ $(cat lab-1.2.3.jar.md5) = d41d8cd98f00b204e9800998ecf8427e ]");
    } finally {
      Shell.succeed(keys + "gpgconf --kill all");
    }
  }

  /** What Central asks for is taken away, one after the other. */
  @ParameterizedTest
  @CsvSource({
    "dualport, nothing, dualport-1.2.3.pom names dualport.invalid: put your project's url",
    "dualport, '<licenses>', has <licenses>",
    "dualport, '<developers>', has <developers>",
    "dualport, '<scm ', has <scm>",
    "dualport, '<url>', has <url>",
    "lab, '<description>', lab-1.2.3.pom has no <description>",
    "core, '<name>', core-1.2.3.pom has no <name>"
  })
  void shouldRefuseWhatMavenCentralWould(String module, String without, String reason)
      throws Exception {
    Tool.require(Tool.GPG);
    Path maven = libraries();
    Path pom = maven.resolve("io/dualport/%s/1.2.3/%s-1.2.3.pom".formatted(module, module));
    change(pom, "(?m)^  " + without, "  <!-- -->" + without);

    Shell refused = bundle(maven);

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).startsWith("central: ").contains(reason);
    assertThat(folder.resolve("bundle.zip")).doesNotExist();
  }

  @Test
  void shouldRefuseALibraryWithoutItsJavadoc() throws Exception {
    Tool.require(Tool.GPG);
    Path maven = librariesOfAProject();
    Files.delete(maven.resolve("io/dualport/server/1.2.3/server-1.2.3-javadoc.jar"));

    assertThat(bundle(maven).err()).contains("server-1.2.3-javadoc.jar is missing");
  }
}
