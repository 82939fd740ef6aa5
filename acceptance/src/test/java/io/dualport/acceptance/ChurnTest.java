package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

/**
 * Connections that come and go at once, each ended in a way drawn from a seed: {@code
 * -Ddual.seed=N}. So many for each transport: {@code -Ddual.connections=N}.
 */
@Tag("kernel")
class ChurnTest {
  private static final int CONNECTIONS = Integer.getInteger("dual.connections", 30_000);
  private static final long SEED = Long.getLong("dual.seed", 1);
  private static final int PEERS = 4;

  /** So that garbage does not pass for memory. */
  private static final List<String> SMALL = List.of("env", "JDK_JAVA_OPTIONS=-Xmx64m");

  private static final int MOST_BYTES = 2000;
  private static final Duration BOUND = Duration.ofSeconds(60);

  @EachTransport
  void shouldKeepNothingOfConnectionsThatAreGone(Transport transport) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PEERS);
    try (ServerProcess server =
        ServerProcess.startBehind(SMALL, transport, "--host", "127.0.0.1")) {
      churn(threads, server.port(), CONNECTIONS / 10);
      long descriptors = settled(server, Long.MAX_VALUE);
      long resident = server.residentBytes();
      churn(threads, server.port(), CONNECTIONS - CONNECTIONS / 10);
      settled(server, descriptors);
      long grown = server.residentBytes() - resident;
      JsonNode tcp = server.stop().at("/protocols/tcp");
      System.out.printf(
          "%s: %d connections, %s closed: peer, %s closed: reset, memory grew by %d MiB%n",
          transport.label(),
          CONNECTIONS,
          tcp.get("closedByPeer"),
          tcp.get("closedByReset"),
          grown >> 20);
      assertThat(tcp.get("connectionsAccepted").asInt()).isEqualTo(CONNECTIONS);
      assertThat(tcp.get("closedByPeer").asInt() + tcp.get("closedByReset").asInt())
          .isEqualTo(CONNECTIONS);
      assertThat(tcp.get("closedByPeer").asInt()).isPositive();
      assertThat(tcp.get("closedByReset").asInt()).isPositive();
      assertThat(tcp.get("flowsLive").asInt()).isZero();
      assertThat(grown).isLessThan(64L << 20);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void churn(ExecutorService threads, int port, int connections) throws Exception {
    List<Future<?>> peers = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      int peer = i;
      peers.add(
          threads.submit(
              () -> {
                Random random = new Random(SEED * PEERS + peer);
                for (int n = peer; n < connections; n += PEERS) {
                  connectAndEnd(random, source(n), port);
                }
                return null;
              }));
    }
    for (Future<?> peer : peers) {
      peer.get();
    }
  }

  /** Others each time, so that ports do not run out for TIME_WAIT. */
  private static InetSocketAddress source(int n) {
    return new InetSocketAddress("127.3." + n % 250 + "." + (1 + n / 250 % 250), 0);
  }

  private static void connectAndEnd(Random random, InetSocketAddress source, int port)
      throws IOException {
    try (Socket peer = new Socket()) {
      peer.setSoTimeout((int) BOUND.toMillis());
      peer.bind(source);
      peer.connect(new InetSocketAddress("127.0.0.1", port));
      byte[] sent = new byte[random.nextBoolean() ? 0 : 1 + random.nextInt(MOST_BYTES)];
      random.nextBytes(sent);
      peer.getOutputStream().write(sent);
      InputStream in = peer.getInputStream();
      switch (random.nextInt(5)) {
        case 0 -> {} // FIN, or a reset where the echo is there already
        case 1 -> peer.setSoLinger(true, 0); // a reset at once
        case 2 -> { // a reset when half of it is back
          in.readNBytes(sent.length / 2);
          peer.setSoLinger(true, 0);
        }
        case 3 -> assertSame(sent, in.readNBytes(sent.length)); // FIN when all is back
        default -> {
          peer.shutdownOutput();
          assertSame(sent, in.readAllBytes());
        }
      }
    }
  }

  private static void assertSame(byte[] sent, byte[] back) {
    if (!Arrays.equals(sent, back)) {
      throw new AssertionError("seed " + SEED + ": " + sent.length + " bytes came back otherwise");
    }
  }

  /** Waits until nobody waits to be accepted and no more descriptors are open than that. */
  private static long settled(ServerProcess server, long most) {
    long[] open = {Long.MAX_VALUE};
    await()
        .atMost(BOUND)
        .during(Duration.ofMillis(300))
        .until(
            () -> {
              long now = descriptors(server);
              boolean same = now == open[0];
              open[0] = now;
              return same && now <= most && waiting(server) == 0;
            });
    return open[0];
  }

  private static long descriptors(ServerProcess server) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", String.valueOf(server.pid()), "fd"))) {
      return open.count();
    }
  }

  /** Connections in the accept queue, which {@code ss} shows as Recv-Q of a listener. */
  private static long waiting(ServerProcess server) throws Exception {
    return Shell.succeed("ss -Hltn sport = :" + server.port())
        .lines()
        .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
        .sum();
  }
}
