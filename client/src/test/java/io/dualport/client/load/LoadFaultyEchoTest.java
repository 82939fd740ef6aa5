package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.report.LoadResult;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against echoes that lose, repeat, reorder or damage: each is counted exactly. */
@Tag("slow")
class LoadFaultyEchoTest {
  static List<Transport> transports() {
    return Transport.available();
  }

  /** One message in ten, by its number. */
  private static boolean isChosen(byte[] datagram) {
    return number(datagram) % 10 == 0;
  }

  private static long number(byte[] datagram) {
    return ByteBuffer.wrap(datagram).getLong(24) & (1L << MessageBytes.NUMBER_BITS) - 1;
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountTheLost(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((d, from) -> isChosen(d) ? List.of() : List.of(d))) {
      ProtocolLoad udp = Loading.of(echo.port()).over(transport).oneAMillisecond(300).udp();

      assertThat(udp.count(Count.SENT)).isEqualTo(300);
      assertThat(udp.count(Count.LOST)).isEqualTo(30);
      assertThat(udp.count(Count.ECHOED)).isEqualTo(270);
      assertThat(udp.isBalanced()).isTrue();
      assertThat(udp.isWhole()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountTheDuplicated(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((d, from) -> isChosen(d) ? List.of(d, d) : List.of(d))) {
      ProtocolLoad udp = Loading.of(echo.port()).over(transport).oneAMillisecond(300).udp();

      assertThat(udp.count(Count.ECHOED)).isEqualTo(300);
      assertThat(udp.count(Count.DUPLICATED)).isEqualTo(30);
      assertThat(udp.count(Count.LATE)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountTheReordered(Transport transport) throws Exception {
    AtomicReference<byte[]> held = new AtomicReference<>();
    PlainEcho.Answer swapping =
        (d, from) -> {
          if (isChosen(d)) {
            held.set(d);
            return List.of();
          }
          byte[] before = held.getAndSet(null);
          return before == null ? List.of(d) : List.of(d, before);
        };
    try (PlainEcho echo = PlainEcho.udp(swapping)) {
      ProtocolLoad udp = Loading.of(echo.port()).over(transport).oneAMillisecond(300).udp();

      assertThat(udp.count(Count.ECHOED)).isEqualTo(300);
      assertThat(udp.count(Count.REORDERED)).isEqualTo(30);
      assertThat(udp.count(Count.DUPLICATED)).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountTheLateAsLostToo(Transport transport) throws Exception {
    AtomicReference<byte[]> held = new AtomicReference<>();
    PlainEcho.Answer holdingThree =
        (d, from) -> {
          if (number(d) == 3) {
            held.set(d);
            return List.of();
          }
          byte[] before = number(d) >= 1700 ? held.getAndSet(null) : null;
          return before == null ? List.of(d) : List.of(d, before);
        };
    try (PlainEcho echo = PlainEcho.udp(holdingThree)) {
      LoadResult result =
          Loading.of(echo.port())
              .over(transport)
              .only(Protocol.UDP)
              .oneAMillisecond(1800)
              .timeout("1s")
              .run();
      ProtocolLoad udp = result.protocols().get(0);

      assertThat(Loading.text(result))
          .contains(
              "UDP: 1 message had no echo within 1 s and is in no percentile. 1 echo came later:"
                  + " with a larger --timeout its message would not count as lost.");
      assertThat(udp.count(Count.LOST)).isEqualTo(1);
      assertThat(udp.count(Count.LATE)).isEqualTo(1);
      assertThat(udp.count(Count.ECHOED)).isEqualTo(1799);
      assertThat(udp.count(Count.DUPLICATED)).isZero();
    }
  }

  /** Magic, length, run id, sequence, intended time, stamp, payload; with header and without. */
  static Stream<Arguments> damagedPositions() {
    return Transport.available().stream()
        .flatMap(
            transport ->
                Stream.concat(
                    IntStream.of(0, 9, 20, 31, 39, 50, 96, 127)
                        .mapToObj(at -> Arguments.of(transport, 128, at)),
                    IntStream.of(0, 9, 63).mapToObj(at -> Arguments.of(transport, 64, at))));
  }

  @ParameterizedTest
  @MethodSource("damagedPositions")
  void shouldCountCorruptedDatagrams(Transport transport, int size, int at) throws Exception {
    AtomicInteger arrived = new AtomicInteger();
    AtomicInteger damaged = new AtomicInteger();
    PlainEcho.Answer flipping =
        (d, from) -> {
          if (arrived.getAndIncrement() % 10 == 0) {
            damaged.incrementAndGet();
            d[at] ^= 1;
          }
          return List.of(d);
        };
    try (PlainEcho echo = PlainEcho.udp(flipping)) {
      ProtocolLoad udp =
          Loading.of(echo.port())
              .over(transport)
              .with("duration", "100ms")
              .with("size", size)
              .with("depth", 2)
              .udp();

      assertThat(udp.count(Count.CORRUPTED)).isEqualTo(damaged.get()).isPositive();
      assertThat(udp.count(Count.ECHOED)).isEqualTo(arrived.get() - damaged.get());
      assertThat(udp.isBalanced()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("damagedPositions")
  void shouldCountCorruptedMessagesOfAStream(Transport transport, int size, int at)
      throws Exception {
    long[] position = {0};
    PlainEcho.Touch flipping =
        bytes -> {
          for (int i = 0; i < bytes.length; i++, position[0]++) {
            if (position[0] % (10L * size) == at) {
              bytes[i] ^= 1;
            }
          }
        };
    try (PlainEcho echo = PlainEcho.tcp(s -> PlainEcho.echoThrough(s, 100, flipping))) {
      ProtocolLoad tcp =
          Loading.of(echo.port())
              .over(transport)
              .with("duration", "100ms")
              .with("size", size)
              .with("depth", 5)
              .tcp();

      long sent = tcp.count(Count.SENT);
      assertThat(tcp.count(Count.CORRUPTED)).isEqualTo((sent + 9) / 10).isPositive();
      assertThat(tcp.count(Count.ECHOED)).isEqualTo(sent - tcp.count(Count.CORRUPTED));
      assertThat(tcp.isBalanced()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 31, 32, 100, 127})
  void shouldCountTruncatedDatagrams(int length) throws Exception {
    AtomicInteger cut = new AtomicInteger();
    PlainEcho.Answer cutting =
        (d, from) -> {
          cut.incrementAndGet();
          return List.of(Arrays.copyOf(d, length));
        };
    try (PlainEcho echo = PlainEcho.udp(cutting)) {
      ProtocolLoad udp = Loading.of(echo.port()).with("duration", "100ms").udp();

      assertThat(udp.count(Count.TRUNCATED)).isEqualTo(cut.get()).isPositive();
      assertThat(udp.count(Count.LOST)).isZero();
      assertThat(udp.isBalanced()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountWhatIsOfNobody(Transport transport) throws Exception {
    AtomicInteger arrived = new AtomicInteger();
    PlainEcho.Answer adding =
        (d, from) -> {
          arrived.incrementAndGet();
          byte[] stranger = new byte[d.length];
          Arrays.fill(stranger, (byte) 7);
          return List.of(stranger, d);
        };
    try (PlainEcho echo = PlainEcho.udp(adding)) {
      ProtocolLoad udp = Loading.of(echo.port()).over(transport).with("duration", "100ms").udp();

      assertThat(udp.count(Count.STRAY)).isEqualTo(arrived.get()).isPositive();
      assertThat(udp.count(Count.ECHOED)).isEqualTo(udp.count(Count.SENT));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldOpenAConnectionAgainThatWasReset(Transport transport) throws Exception {
    PlainEcho.Conversation resetting =
        socket -> {
          for (int i = 0; i < 10; i++) {
            socket.getOutputStream().write(socket.getInputStream().readNBytes(128));
          }
          socket.getInputStream().readNBytes(128);
          socket.setSoLinger(true, 0);
        };
    try (PlainEcho echo = PlainEcho.tcp(resetting)) {
      LoadResult result =
          Loading.of(echo.port())
              .over(transport)
              .only(Protocol.TCP)
              .with("duration", "500ms")
              .with("depth", 3)
              .run();

      ProtocolLoad tcp = result.protocols().get(0);
      assertThat(echo.tcpPeers().size()).as(Loading.text(result)).isGreaterThan(1);
      assertThat(tcp.count(Count.LOST)).isPositive();
      assertThat(tcp.count(Count.ECHOED)).isPositive();
      assertThat(tcp.count(Count.STRAY)).isZero();
      assertThat(tcp.causes()).containsKey("ECONNRESET");
      assertThat(tcp.isBalanced()).isTrue();
      assertThat(Loading.text(result)).contains("ECONNRESET");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNotTakeMoreThanWasSentForEchoes(Transport transport) throws Exception {
    PlainEcho.Conversation tooMuch =
        socket -> {
          byte[] message = socket.getInputStream().readNBytes(128);
          byte[] more = Arrays.copyOf(message, 129);
          socket.getOutputStream().write(more);
          while (socket.getInputStream().read() >= 0) {
            // until reset
          }
        };
    try (PlainEcho echo = PlainEcho.tcp(tooMuch)) {
      ProtocolLoad tcp = Loading.of(echo.port()).over(transport).tcp();

      assertThat(tcp.causes()).containsKey(LoopCounts.MORE_THAN_SENT);
      assertThat(tcp.count(Count.STRAY)).isPositive();
      assertThat(tcp.isBalanced()).isTrue();
    }
  }

  /** The FIN of a server that stops, in the middle of a message. */
  @ParameterizedTest
  @MethodSource("transports")
  void shouldLoseWhatAFinLeavesUnanswered(Transport transport) throws Exception {
    PlainEcho.Conversation half =
        socket -> {
          byte[] message = socket.getInputStream().readNBytes(128);
          socket.getOutputStream().write(message, 0, 64);
        };
    try (PlainEcho echo = PlainEcho.tcp(half)) {
      ProtocolLoad tcp = Loading.of(echo.port()).over(transport).tcp();

      assertThat(tcp.count(Count.LOST)).isEqualTo(tcp.count(Count.SENT)).isPositive();
      assertThat(tcp.causes()).containsKey("FIN");
      assertThat(tcp.isBalanced()).isTrue();
    }
  }
}
