package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file of {@code --config} as a shell names it, from the folder it is in and from others. */
class ConfigFileTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "server, ., main.conf, more.conf",
    "server, ., ./main.conf, ./more.conf",
    "server, sub, ../main.conf, ../more.conf",
    "client, ., main.conf, more.conf",
    "client, sub, ../main.conf, ../more.conf"
  })
  void shouldReadAnIncludeBesideTheFile(String program, String from, String config, String read)
      throws Exception {
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(folder.resolve("main.conf"), "include \"more.conf\"");
    Files.writeString(
        folder.resolve("more.conf"), "server { port = 70000 }, client { count = 70000000 }");

    Shell refused =
        Shell.run(
            "cd '%s/%s' && %s %s --config %s"
                .formatted(
                    folder,
                    from,
                    String.join(" ", ServerProcess.java(jar(program))),
                    program.equals("client") ? "localhost:1" : "",
                    config));

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("(from " + read + ": 1): must be a whole number");
  }

  private static Path jar(String program) {
    return program.equals("client") ? ServerProcess.CLIENT_JAR : ServerProcess.SERVER_JAR;
  }
}
