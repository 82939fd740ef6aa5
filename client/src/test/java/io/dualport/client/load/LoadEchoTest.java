package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.EchoComparison;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.client.load.report.LoadResult;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against an echo that does what it should. */
@Tag("slow")
class LoadEchoTest {
  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountEveryMessageOfAClosedLoopOnce(Transport transport) throws Exception {
    AtomicLong datagrams = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> PlainEcho.echoThrough(socket, 1000, b -> bytes.addAndGet(b.length)),
            (datagram, from) -> {
              datagrams.incrementAndGet();
              return List.of(datagram);
            })) {
      LoadResult result =
          Loading.of(echo.port())
              .over(transport)
              .with("connections", 5)
              .with("depth", 3)
              .with("warmup", "500ms")
              .run();

      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
      for (ProtocolLoad load : result.protocols()) {
        assertThat(load.count(Count.SENT)).isPositive();
        assertThat(load.count(Count.ECHOED)).isEqualTo(load.count(Count.SENT));
        assertThat(load.warmup().get(Count.ECHOED)).isPositive();
        assertThat(load.isBalanced()).isTrue();
      }
      ProtocolLoad udp = Loading.of(result, Protocol.UDP);
      assertThat(udp.count(Count.SENT) + udp.warmup().get(Count.SENT)).isEqualTo(datagrams.get());
      ProtocolLoad tcp = Loading.of(result, Protocol.TCP);
      assertThat(128 * (tcp.count(Count.SENT) + tcp.warmup().get(Count.SENT)))
          .isEqualTo(bytes.get());
      assertThat(tcp.count(Count.BYTES_IN)).isEqualTo(128 * tcp.count(Count.SENT));
      assertThat(tcp.connects().getTotalCount()).isEqualTo(5);
      assertThat(echo.tcpPeers()).hasSize(5);
      assertThat(new HashSet<>(echo.udpPeers())).hasSize(5);
      assertThat(Loading.text(result)).contains("coordinated omission");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSendWhatIsDueInAnOpenLoopAndNoMore(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      LoadResult result =
          Loading.of(echo.port())
              .over(transport)
              .oneAMillisecond(300)
              .with("connections", 3)
              .with("warmup", "500ms")
              .run();

      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
      for (ProtocolLoad load : result.protocols()) {
        assertThat(load.count(Count.SENT)).isEqualTo(300);
        assertThat(load.count(Count.ECHOED)).isEqualTo(300);
        assertThat(load.warmup().get(Count.ECHOED)).isEqualTo(500);
        assertThat(load.latencies().getTotalCount()).isEqualTo(300);
      }
      assertThat(Loading.text(result)).contains("intended send time");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldUseANewFiveTupleForEachMessage(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolLoad tcp =
          Loading.of(echo.port())
              .over(transport)
              .oneAMillisecond(100)
              .with("rate", 500)
              .with("connections", 2)
              .with("connect-per-message", "on")
              .tcp();

      assertThat(tcp.isWhole()).as(tcp.causes().toString()).isTrue();
      assertThat(tcp.count(Count.SENT)).isEqualTo(50);
      assertThat(tcp.connects().getTotalCount()).isEqualTo(50);
      assertThat(new HashSet<>(echo.tcpPeers())).hasSize(50);
    }
  }

  @Test
  void shouldLeaveNoTimeWaitAfterReset() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolLoad tcp =
          Loading.of(echo.port())
              .with("connections", 2)
              .with("connect-per-message", "on")
              .with("close", "rst")
              .tcp();

      assertThat(tcp.isWhole()).as(tcp.causes().toString()).isTrue();
      assertThat(
              Files.readAllLines(Path.of("/proc/net/tcp")).stream()
                  .filter(line -> line.contains(":%04X 06 ".formatted(echo.port()))))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "9..200", "95..97", "1400", "60000"})
  void shouldVerifyEverySize(String size) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      LoadResult result =
          Loading.of(echo.port()).with("size", size).with("depth", 4).with("connections", 2).run();

      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
    }
  }

  @ParameterizedTest
  @EnumSource(EchoComparison.class)
  void shouldTakeAStreamApartWhateverIsCompared(EchoComparison verify) throws Exception {
    try (PlainEcho echo =
        PlainEcho.tcp(socket -> PlainEcho.echoThrough(socket, 777, bytes -> {}))) {
      ProtocolLoad tcp =
          Loading.of(echo.port())
              .with("size", "100000..200000")
              .with("depth", 3)
              .with("verify", verify.name())
              .tcp();

      assertThat(tcp.isWhole()).as(tcp.causes().toString()).isTrue();
      assertThat(tcp.isBalanced()).isTrue();
    }
  }

  @Test
  void shouldReportWhatItHasWhenInterrupted() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      Loading loading = Loading.of(echo.port()).with("duration", "1h").with("connections", 2);
      CompletableFuture<LoadResult> running =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return loading.run();
                } catch (LoadFailure e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> echo.udpPeers().size() > 100);
      await().until(() -> loading.progress().contains("UDP"));
      loading.stop();
      LoadResult result = running.join();

      assertThat(result.interrupted()).isTrue();
      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
      assertThat(result.protocols()).allMatch(ProtocolLoad::isBalanced);
      assertThat(Loading.text(result)).contains("Interrupted after");
    }
  }

  @Test
  void shouldKeepWhatWaitsBehindTheWindowAndCallTheRestUnsent() throws Exception {
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> socket.getInputStream().readNBytes(1 << 20), PlainEcho.UDP_SILENCE)) {
      LoadResult result =
          Loading.of(echo.port())
              .oneAMillisecond(300)
              .with("max-in-flight", 10)
              .timeout("1s")
              .run();

      ProtocolLoad udp = Loading.of(result, Protocol.UDP);
      assertThat(udp.count(Count.LOST)).isBetween(10L, 20L); // again what waited, after the timeout
      assertThat(udp.count(Count.UNSENT)).isEqualTo(300 - udp.count(Count.LOST));
      ProtocolLoad tcp = Loading.of(result, Protocol.TCP);
      assertThat(tcp.count(Count.LOST)).isEqualTo(10);
      assertThat(tcp.count(Count.UNSENT)).isEqualTo(290);
      assertThat(Loading.text(result)).contains("could not keep up");
      assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(result.protocols()).allMatch(ProtocolLoad::isBalanced);
    }
  }
}
