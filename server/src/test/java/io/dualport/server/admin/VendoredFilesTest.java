package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the dashboard has from others is what they published, and says under which licence. */
class VendoredFilesTest {

  private static final Path FOLDER = folder();

  @Test
  void shouldHoldEachFileAsItWasPublished() throws Exception {
    Map<String, String> present = new TreeMap<>();
    for (String file : files()) {
      present.put(file, sha256(FOLDER.resolve(file)));
    }
    assertThat(present).isEqualTo(recorded());
  }

  @Test
  void shouldSayWhereEachFileIsFrom() throws Exception {
    String readme = Files.readString(FOLDER.resolve("README.md"));
    assertThat(recorded().keySet()).allSatisfy(file -> assertThat(readme).contains("`" + file));
  }

  /** All but what this project wrote itself: the sums and the page that explains them. */
  private static Iterable<String> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals("SHA256SUMS") && !name.equals("README.md"))
          .sorted()
          .toList();
    }
  }

  /** The lines of sha256sum: the sum, two characters, the name. */
  private static Map<String, String> recorded() throws IOException {
    Map<String, String> sums = new TreeMap<>();
    for (String line : Files.readAllLines(FOLDER.resolve("SHA256SUMS"))) {
      sums.put(line.substring(66), line.substring(0, 64));
    }
    assertThat(sums).isNotEmpty();
    return sums;
  }

  private static String sha256(Path file) throws IOException, GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(digest);
  }

  private static Path folder() {
    try {
      return Path.of(AdminServer.class.getResource("page/vendor/README.md").toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
