package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SIGTERM while traffic runs, and a start right after it. */
class StopTest {
  private static final int MOST_CONNECTIONS = 10_000;
  private static final int ENDED = 300;
  private static final Duration DRAIN = Duration.ofSeconds(1);

  @EachTransport
  void shouldDrainOnSigtermAndLeaveTheFinalTable(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport, "--drain", "2s");
        Socket busy = new Socket("127.0.0.1", server.port());
        Socket idle = new Socket("127.0.0.1", server.port())) {
      AtomicLong echoed = new AtomicLong();
      Thread traffic = new Thread(() -> echoWhileOpen(busy, echoed));
      traffic.start();
      await().until(() -> echoed.get() > 1000);
      server.terminate();
      await().until(() -> isRefused(server.port()));
      long whenClosed = echoed.get();
      await().until(() -> echoed.get() > whenClosed + 100); // goes on while it drains
      assertThat(idle.getInputStream().read()).isEqualTo(-1);
      JsonNode tcp = server.stop().at("/protocols/tcp");
      traffic.join(10_000);
      assertThat(tcp.get("closedByDrain").asLong()).isEqualTo(2);
      assertThat(tcp.get("bytesOut").asLong()).isBetween(echoed.get(), echoed.get() + 1);
    }
  }

  @EachTransport
  void shouldExitAtOnceWhenNobodyIsConnectedAndStartAgainOnThePort(Transport transport)
      throws Exception {
    int port = portInTimeWait(transport);
    try (ServerProcess again = ServerProcess.start(transport, "--port", String.valueOf(port))) {
      assertThat(again.port()).isEqualTo(port);
      again.stop();
    }
  }

  /**
   * The port of a server that closed first and has ended. Once in many runs the kernel's table
   * showed no TIME_WAIT; why was not found out, so it is tried again, up to ten times.
   */
  private static int portInTimeWait(Transport transport) throws Exception {
    for (int tries = 0; tries < 10; tries++) {
      try (ServerProcess server = ServerProcess.start(transport, "--idle-timeout", "200ms")) {
        int port = server.port();
        try (Socket client = new Socket("127.0.0.1", port)) {
          assertThat(client.getInputStream().read()).isEqualTo(-1); // the server closes first
        }
        server.stop();
        if (Shell.succeed("ss -tan state time-wait sport = :" + port).contains(":" + port)) {
          return port;
        }
      }
    }
    throw new AssertionError("no connection stayed in TIME_WAIT");
  }

  /** As many as max-connections is by default. Those that have ended are not in the way. */
  @EachTransport
  void shouldStopInTimeWithTenThousandConnections(Transport transport) throws Exception {
    Tool.requireDescriptors(MOST_CONNECTIONS + 1000);
    List<Socket> open = new ArrayList<>();
    try (ServerProcess server =
        ServerProcess.start(transport, "--drain", DRAIN.toSeconds() + "s")) {
      while (open.size() < MOST_CONNECTIONS) {
        Socket peer = new Socket("127.0.0.1", server.port());
        open.add(peer);
        peer.getOutputStream().write(7);
        assertThat(peer.getInputStream().read()).isEqualTo(7);
      }
      for (Socket ended : open.subList(0, ENDED)) {
        ended.shutdownOutput();
        assertThat(ended.getInputStream().read()).isEqualTo(-1);
      }
      long begin = System.nanoTime();
      JsonNode tcp = server.stop().at("/protocols/tcp");
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      System.out.printf(
          "%s: stopped with %d connections in %d ms, of which %d ms drain%n",
          transport.label(), MOST_CONNECTIONS - ENDED, took.toMillis(), DRAIN.toMillis());
      assertThat(took).isBetween(DRAIN, DRAIN.plusSeconds(20)); // as ARCHITECTURE.md says
      assertThat(tcp.get("connectionsAccepted").asInt()).isEqualTo(MOST_CONNECTIONS);
      assertThat(tcp.get("closedByPeer").asInt()).isEqualTo(ENDED);
      assertThat(tcp.get("closedByDrain").asInt()).isEqualTo(MOST_CONNECTIONS - ENDED);
    } finally {
      for (Socket peer : open) {
        peer.close();
      }
    }
  }

  /** A pager that is paused, a log collector that hangs: nobody reads what the server prints. */
  @Test
  void shouldStopAlthoughNobodyReadsItsOutput() throws Exception {
    Process server =
        new ProcessBuilder(
                ServerProcess.java(),
                "-jar",
                ServerProcess.SERVER_JAR.toString(),
                "--port",
                "0",
                "--view",
                "json",
                "--report-every",
                "100ms")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      // Until the pipe is full, and the writer waits in the kernel: nothing more arrives in it.
      AtomicLong before = new AtomicLong();
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                long now = server.getInputStream().available();
                return now == before.getAndSet(now) && now > 0;
              });
      server.toHandle().destroy();
      assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isZero();
    } finally {
      server.destroyForcibly();
    }
  }

  /** A live view's second Ctrl-C has a test of its own, on a terminal. */
  @ParameterizedTest
  @CsvSource({"log, TERM", "json, TERM", "quiet, TERM", "quiet, INT"})
  void shouldEndTheDrainAtASecondSignal(String view, String second) throws Exception {
    assertSecondSignalEnds(view, second, "auto");
  }

  @EachTransport
  void shouldEndTheDrainAtASecondSignalOnEveryTransport(Transport transport) throws Exception {
    assertSecondSignalEnds("quiet", "TERM", transport.label());
  }

  private static void assertSecondSignalEnds(String view, String second, String transport)
      throws Exception {
    List<String> words = new ArrayList<>(ServerProcess.java(ServerProcess.SERVER_JAR));
    words.addAll(List.of("--port", "0", "--admin", "off", "--drain", "10m", "--view", view));
    words.addAll(List.of("--transport", transport));
    Process server =
        new ProcessBuilder(words)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (Socket open =
        new Socket(InetAddress.getLoopbackAddress(), ServerProcess.awaitPort(server))) {
      assumeTrue(
          second.equals("TERM") || !ignoresInterrupts(server),
          "SIGINT is ignored, as in a background job; run the tests in the foreground");
      open.getOutputStream().write(7);
      assertThat(open.getInputStream().read()).isEqualTo(7);
      server.toHandle().destroy();
      await().until(() -> isRefused(open.getPort()));
      await()
          .until(
              () -> {
                Shell.run("kill -" + second + " " + server.pid());
                return !server.isAlive();
              });
      assertThat(server.exitValue()).isZero();
    } finally {
      server.destroyForcibly();
    }
  }

  /** Signal 2 in the mask of proc_pid_status(5). */
  private static boolean ignoresInterrupts(Process process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 0b10) != 0);
  }

  private static void echoWhileOpen(Socket socket, AtomicLong echoed) {
    try {
      socket.setTcpNoDelay(true);
      while (true) {
        socket.getOutputStream().write(7);
        if (socket.getInputStream().read() != 7) {
          return;
        }
        echoed.incrementAndGet();
      }
    } catch (IOException e) {
      // Closed when the drain was over.
    }
  }

  private static boolean isRefused(int port) throws IOException {
    try (Socket attempt = new Socket()) {
      attempt.connect(new InetSocketAddress("127.0.0.1", port), 1000);
      return false;
    } catch (ConnectException e) {
      return true;
    }
  }
}
