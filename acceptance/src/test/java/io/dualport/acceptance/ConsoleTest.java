package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user sees on the console, on every JDK of this machine. */
@Tag("every-java")
class ConsoleTest {
  /** The running JDK, and those that Debian's packages put in the usual place. */
  static Stream<String> javas() throws IOException {
    Path installed = Path.of("/usr/lib/jvm");
    Stream<String> others =
        Files.isDirectory(installed)
            ? Files.list(installed)
                .filter(home -> !Files.isSymbolicLink(home))
                .map(home -> home.resolve("bin/java"))
                .filter(Files::isExecutable)
                .map(Path::toString)
            : Stream.empty();
    return Stream.concat(Stream.of(ServerProcess.java()), others)
        .map(ConsoleTest::canonical)
        .distinct()
        .sorted();
  }

  private static String canonical(String path) {
    try {
      return Path.of(path).toRealPath().toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("javas")
  void shouldSayNothingOnStandardErrorInACleanRun(String java) throws Exception {
    for (Transport transport : Transport.available()) {
      Path out = Files.createTempFile("console", ".out");
      Path err = Files.createTempFile("console", ".err");
      Process server =
          new ProcessBuilder(
                  java,
                  "-jar",
                  ServerProcess.SERVER_JAR.toString(),
                  "--port",
                  "0",
                  "--view",
                  "log",
                  "--transport",
                  transport.label())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        await().atMost(Duration.ofSeconds(60)).until(() -> Files.readString(out).contains("stop "));
        String port = Files.readString(out).replaceAll("(?s).*port (\\d+) on TCP and UDP.*", "$1");
        Shell client =
            Shell.run(
                List.of(
                    java,
                    "-jar",
                    ServerProcess.CLIENT_JAR.toString(),
                    "send",
                    "127.0.0.1:" + port,
                    "--transport",
                    transport.label()));
        assertThat(client.exitCode()).as(client.out() + client.err()).isZero();
        assertThat(client.err()).isEmpty();
        assertThat(client.out()).contains("differ in the protocol alone");
      } finally {
        server.toHandle().destroy();
      }
      assertThat(server.waitFor()).isZero();
      assertThat(Files.readString(err)).isEmpty();
      assertThat(Files.readString(out))
          .contains("LISTEN", "UNCONN", "tcp.port == ", "this machine only", transport.label())
          .contains("Per protocol", "Per five-tuple", "differ in the protocol alone");
    }
  }

  @Test
  void shouldRunTheDemoFromAnyDirectoryAndSayWhichPortItTook() throws Exception {
    try (ServerSocket taken = portIfFree(8888)) {
      Shell demo = Shell.run("cd / && " + ServerProcess.HOME.resolve("dual") + " demo");
      assertThat(demo.exitCode()).as(demo.out() + demo.err()).isZero();
      assertThat(demo.out())
          .contains("Port 8888 is taken", "held by")
          .containsPattern("bound to port 88(89|9\\d) ") // 8889 may be somebody's dashboard
          .contains("Per protocol", "Per five-tuple")
          .contains("differ in the protocol alone");
      assertThat(demo.err()).isEmpty();
    }
  }

  private static ServerSocket portIfFree(int port) {
    try {
      return new ServerSocket(port);
    } catch (IOException e) {
      return null; // somebody else has it, which serves as well
    }
  }

  @Test
  void shouldRefuseABadCommandLineWithOneClearLine() throws Exception {
    Shell refused = ServerProcess.run(List.of(), "--port", "99999");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .isEqualTo(
            "dual-server: server.port = 99999 (from --port): must be a whole number from 0 to"
                + " 65535\n");
    assertThat(refused.out()).isEmpty();
  }
}
