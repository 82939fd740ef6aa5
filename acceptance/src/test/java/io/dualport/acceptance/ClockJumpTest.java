package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock is set while a program runs, by more than a year and back. libfaketime does that
 * to one process alone; the system's clock stays as it is.
 */
@Tag("kernel")
class ClockJumpTest {
  private static final int IDLE_MILLIS = 3000;
  private static final int TIMEOUT_MILLIS = 20_000;

  /** What reads the wall clock, or waits for it. */
  private static final Pattern WALL_CLOCK =
      Pattern.compile(
          "currentTimeMillis|Instant\\.now|LocalDateTime\\.now|ZonedDateTime\\.now|new Date\\("
              + "|Clock\\.system|parkUntil|awaitUntil");

  @TempDir private Path folder;

  @EachTransport
  void shouldEchoAndJudgeIdlenessWhateverTheClockSays(Transport transport) throws Exception {
    jump("+0");
    try (ServerProcess server =
            ServerProcess.startBehind(
                fakeTime(), transport, "--idle-timeout", IDLE_MILLIS + "ms", "--drain", "1s");
        Socket tcp = new Socket("127.0.0.1", server.port());
        DatagramSocket udp = new DatagramSocket()) {
      tcp.setSoTimeout(TIMEOUT_MILLIS);
      udp.setSoTimeout(TIMEOUT_MILLIS);
      udp.connect(InetAddress.getByName("127.0.0.1"), server.port());
      for (String offset : List.of("+400d", "-400d")) {
        jump(offset);
        echoAfterASilence(tcp, udp);
      }
      jump("-800d");
      assertThat(tcp.getInputStream().read()).isEqualTo(-1); // idle now, and closed
      try (Socket open = new Socket("127.0.0.1", server.port())) {
        echo(open);
        jump("+400d");
        JsonNode stopped = server.stop();
        Duration ahead = Duration.between(Instant.now(), time(stopped));
        assertThat(ahead.toDays()).as("what is printed").isBetween(399L, 401L);
        assertThat(Duration.between(time(server.started()), Instant.now()).toDays()).isZero();
        assertThat(stopped.get("uptimeMillis").asLong()).isBetween(IDLE_MILLIS + 0L, 600_000L);
        // On a machine that stands still the second one may be idle before its drain is over.
        JsonNode closed = stopped.at("/protocols/tcp");
        assertThat(closed.get("closedByIdle").asInt()).isBetween(1, 2);
        assertThat(closed.get("closedByIdle").asInt() + closed.get("closedByDrain").asInt())
            .isEqualTo(2);
        JsonNode entries = stopped.at("/protocols/udp");
        assertThat(entries.get("flowsLive").asInt() + entries.get("flowsEnded").asInt())
            .isEqualTo(1);
      }
    }
  }

  /** Latencies, rates, outages and the end of the run are the steady clock's. */
  @Test
  void shouldMeasureALoadWhateverTheClockSays() throws Exception {
    jump("+0");
    try (ServerProcess server = ServerProcess.start(Transport.automatic())) {
      LoadProcess load =
          LoadProcess.start(
              fakeTime(),
              "127.0.0.1:" + server.port(),
              List.of(
                  "--rate",
                  "200",
                  "--duration",
                  "3s",
                  "--warmup",
                  "0",
                  "--timeout",
                  "5s",
                  "--report-every",
                  "200ms"));
      for (String offset : List.of("+400d", "-400d", "+0")) {
        load.awaitProgress("UDP");
        jump(offset);
      }
      JsonNode result = load.result();
      assertThat(load.exitCode()).as(result.toString()).isZero();
      assertThat(result.get("outages")).isEmpty();
      for (JsonNode row : result.get("rows")) {
        assertThat(row.get("seconds").asDouble()).isBetween(2.5, 60.0);
        assertThat(row.get("echoed").asLong()).isEqualTo(row.get("sent").asLong()).isPositive();
        assertThat(row.get("latencyMaxNanos").asLong()).isBetween(1L, TimeUnit.SECONDS.toNanos(60));
      }
    }
  }

  /** Each of these prints what it reads, puts it into a message, or hands it to who prints it. */
  @Test
  void shouldReadTheWallClockOnlyForWhatIsPrinted() throws Exception {
    for (String module : List.of("core", "server", "client")) {
      try (Stream<Path> files = Files.walk(ServerProcess.HOME.resolve(module + "/src/main/java"))) {
        assertThat(files.filter(ClockJumpTest::readsTheWallClock))
            .extracting(file -> file.getFileName().toString().replace(".java", ""))
            .isSubsetOf(
                List.of(
                    "DualServer",
                    "Exchange",
                    "Flow",
                    "FlowTable",
                    "Frame",
                    "JsonView",
                    "KernelReading",
                    "LoadRun",
                    "Question",
                    "Router",
                    "Stamper",
                    "TableSnapshot"));
      }
    }
  }

  private static boolean readsTheWallClock(Path file) {
    try {
      return file.toString().endsWith(".java") && WALL_CLOCK.matcher(Files.readString(file)).find();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Shorter than the idle timeout, and longer than the server waits between two looks for it. */
  private static void echoAfterASilence(Socket tcp, DatagramSocket udp) throws IOException {
    await().pollDelay(Duration.ofMillis(IDLE_MILLIS / 3)).until(() -> true);
    echo(tcp);
    udp.send(new DatagramPacket(new byte[] {7}, 1));
    udp.receive(new DatagramPacket(new byte[1], 1));
  }

  private static void echo(Socket socket) throws IOException {
    socket.getOutputStream().write(7);
    assertThat(socket.getInputStream().read()).isEqualTo(7);
  }

  private static Instant time(JsonNode event) {
    return Instant.parse(event.get("time").asText());
  }

  /** Words before a command whose wall clock follows {@link #jump}. */
  private List<String> fakeTime() {
    Tool.require(Tool.FAKETIME);
    String line =
        "LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1) FAKETIME_TIMESTAMP_FILE=%s"
            + " FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 exec \"$@\"";
    return List.of("bash", "-c", line.formatted(offset()), "bash");
  }

  /** Sets the clock off by so much of the real time, at once. */
  private void jump(String offset) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), offset + "\n");
    Files.move(next, offset(), StandardCopyOption.ATOMIC_MOVE);
  }

  private Path offset() {
    return folder.resolve("offset");
  }
}
