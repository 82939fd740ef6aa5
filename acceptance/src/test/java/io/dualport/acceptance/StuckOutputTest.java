package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Standard output or standard error takes nothing: a pipe that is full and not read, one whose
 * reader is gone, a disk that is full. Both protocols go on, although event loops have something to
 * log, and SIGTERM is obeyed.
 */
@Tag("kernel")
class StuckOutputTest {
  private static final Duration BOUND = Duration.ofSeconds(60);

  /**
   * So few that a handful of connections makes the loop that accepts say that there are no more.
   */
  private static final int DESCRIPTORS = 90;

  /** Before a fault: nobody ever reads it, and its reading end stays open. */
  private static final String FULL_PIPE =
      "mkfifo pipe; exec 9<>pipe; dd if=/dev/zero bs=4096 oflag=nonblock of=pipe 2>errors-of-dd; ";

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0} {1}, --view {2}")
  @CsvSource({
    "stderr, stuck,  log,   0",
    "stderr, stuck,  json,  0",
    "stderr, stuck,  quiet, 0",
    "stderr, closed, log,   0",
    "stderr, full,   log,   0",
    "stdout, stuck,  log,   0",
    "stdout, stuck,  json,  0",
    "stdout, stuck,  quiet, 0",
    "stdout, closed, quiet, 0", // it prints nothing, so it loses nothing
    "stdout, full,   log,   1",
    "stdout, full,   quiet, 0",
    "stdout, full,   json,  1",
    "stderr, closed, json,  0",
    "stderr, full,   quiet, 0"
  })
  void shouldEchoAndStopWhateverItsOutputDoes(String stream, String fault, String view, int code)
      throws Exception {
    shouldEchoAndStop(stream, fault, code, "--view " + view);
  }

  @EachTransport
  void shouldNotLogOnTheLoopsOfAnyTransport(Transport transport) throws Exception {
    shouldEchoAndStop("stderr", "stuck", 0, "--view quiet --transport " + transport.label());
  }

  private void shouldEchoAndStop(String stream, String fault, int code, String options)
      throws Exception {
    Process server = start(stream, fault, "", options);
    try (EchoedConnections connections = new EchoedConnections();
        DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      int port = ServerProcess.awaitPort(server);
      datagrams.connect(InetAddress.getLoopbackAddress(), port);
      datagrams.setSoTimeout(5000);
      connections.takeAllDescriptors(port, server.pid(), DESCRIPTORS);
      await().atMost(BOUND).until(() -> threads(server).contains("log")); // it had something to say
      connections.assertEchoed();
      datagrams.send(new DatagramPacket(new byte[] {7}, 1));
      datagrams.receive(new DatagramPacket(new byte[1], 1));

      connections.close();
      server.toHandle().destroy();
      assertThat(server.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isEqualTo(code);
    } finally {
      server.destroyForcibly();
    }
  }

  /**
   * A log that the user configured himself writes on the loop, and the loop stands still. The stop
   * takes until the loop is given up.
   */
  @Test
  void shouldEndAlthoughALoopCannot() throws Exception {
    Path log =
        Files.writeString(
            folder.resolve("logback.xml"),
            "<configuration><appender name='e' class='ch.qos.logback.core.ConsoleAppender'>"
                + "<target>System.err</target><encoder><pattern>%m%n</pattern></encoder>"
                + "</appender><root level='warn'><appender-ref ref='e'/></root></configuration>");
    Process server =
        start("stderr", "stuck", "-Dlogback.configurationFile=" + log, "--drain 0s --view log");
    try (EchoedConnections connections = new EchoedConnections()) {
      int port = ServerProcess.awaitPort(server);
      connections.takeAllDescriptors(port, server.pid(), DESCRIPTORS);

      server.toHandle().destroy();
      assertThat(server.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isEqualTo(1);
    } finally {
      server.destroyForcibly();
    }
  }

  private Process start(String stream, String fault, String javaOption, String options)
      throws IOException {
    String number = stream.equals("stderr") ? "2" : "1";
    String before =
        switch (fault) {
          case "stuck" -> FULL_PIPE + "exec " + number + ">pipe; ";
          // Once the reader has ended; bash knows its process number.
          case "closed" -> "exec " + number + "> >(:); wait $!; ";
          default -> "exec " + number + ">/dev/full; ";
        };
    String java =
        "exec %s -XX:TieredStopAtLevel=1 %s -jar %s --port 0 --admin off --report-every 100ms %s"
            .formatted(ServerProcess.java(), javaOption, ServerProcess.SERVER_JAR, options);
    return new ProcessBuilder("bash", "-c", before + "ulimit -n " + DESCRIPTORS + "; " + java)
        .directory(folder.toFile())
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private static List<String> threads(Process server) throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + server.pid() + "/task"))) {
      List<String> names = new ArrayList<>();
      for (Path task : tasks.toList()) {
        names.add(Files.readString(task.resolve("comm")).strip());
      }
      return names;
    }
  }
}
