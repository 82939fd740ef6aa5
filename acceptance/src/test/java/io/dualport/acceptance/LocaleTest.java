package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All three programs where people write other digits: what they print, programs can read. */
class LocaleTest {
  /** As LC_ALL=ar_EG.UTF-8 where that locale is installed; the lab's children hear of it too. */
  private static final List<String> IN_EGYPT =
      List.of("env", "JDK_JAVA_OPTIONS=-Duser.language=ar -Duser.country=EG");

  private static final String OTHER_DIGITS = "[\\p{Nd}&&[^0-9]]";

  @Test
  void shouldWriteDigitsThatProgramsCanRead(@TempDir Path folder) throws Exception {
    String log = folder.resolve("run.hlog").toString();
    try (ServerProcess server = ServerProcess.startBehind(IN_EGYPT, Transport.automatic())) {
      String target = "127.0.0.1:" + server.port();
      client("load", target, "--duration", "100ms", "--warmup", "0", "--hdr-log", log);
      assertThat(Files.readString(Path.of(log))).doesNotContainPattern(OTHER_DIGITS);
      client("merge", log);
      client("send", target);
      client("check", target);
      assertThat(server.stop().toString()).doesNotContainPattern(OTHER_DIGITS);
    }
    printed(ServerProcess.HOME.resolve("lab/target/dual-lab.jar"), "run", "3", "10");
  }

  private static void client(String... words) throws Exception {
    printed(ServerProcess.CLIENT_JAR, words);
  }

  /** Runs it; what it printed has no other digits. */
  private static void printed(Path jar, String... words) throws Exception {
    List<String> command = new ArrayList<>(IN_EGYPT);
    command.addAll(ServerProcess.java(jar));
    command.addAll(List.of(words));
    Shell done = Shell.run(command);
    assertThat(done.exitCode()).as("%s: %s%s", command, done.out(), done.err()).isZero();
    assertThat(done.out() + done.err()).doesNotContainPattern(OTHER_DIGITS);
  }
}
