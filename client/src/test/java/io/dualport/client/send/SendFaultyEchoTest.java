package io.dualport.client.send;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.verdict.Verdict;
import io.dualport.transport.Transport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against echoes that damage, drop, repeat or reorder. */
@Tag("slow")
class SendFaultyEchoTest {
  static List<Transport> transports() {
    return Transport.available();
  }

  /** Magic, length, run id, sequence, intended time, stamp, payload; with header and without. */
  static Stream<Arguments> damagedPositions() {
    return Transport.available().stream()
        .flatMap(
            transport ->
                Stream.concat(
                    IntStream.of(0, 9, 20, 31, 39, 50, 96, 127)
                        .mapToObj(at -> Arguments.of(transport, 128, at)),
                    IntStream.of(0, 40, 63).mapToObj(at -> Arguments.of(transport, 64, at))));
  }

  @ParameterizedTest
  @MethodSource("damagedPositions")
  void shouldNameTheFlippedByteOfADatagram(Transport transport, int size, int at) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(flipped(datagram, at)))) {
      ProtocolResult udp =
          Sending.to(echo.port())
              .over(transport)
              .with("size", size)
              .with("stamp", "off")
              .with("timeout", "1s")
              .udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 0, 0, 0, 0, 5, 0, 0, 0));
      assertThat(udp.finding().text("Try: "))
          .isEqualTo(
              "corrupted: message 0 of %d bytes came back with %d, the first wrong one at position %d. Try: %s."
                  .formatted(size, size, at, udp.finding().advice()));
    }
  }

  @ParameterizedTest
  @MethodSource("damagedPositions")
  void shouldNameTheFlippedByteOfAStream(Transport transport, int size, int at) throws Exception {
    AtomicInteger position = new AtomicInteger();
    PlainEcho.Touch flipInSecondMessage =
        bytes -> {
          int inChunk = size + at - position.getAndAdd(bytes.length);
          if (inChunk >= 0 && inChunk < bytes.length) {
            bytes[inChunk] ^= 1;
          }
        };
    try (PlainEcho echo =
        PlainEcho.tcp(socket -> PlainEcho.echoThrough(socket, 10, flipInSecondMessage))) {
      ProtocolResult tcp =
          Sending.to(echo.port()).over(transport).with("size", size).with("stamp", "off").tcp();

      assertThat(tcp.counts()).isEqualTo(new ExchangeCounts(5, 4, 0, 0, 0, 1, 0, 0, 0));
      assertThat(tcp.finding().evidence())
          .isEqualTo(
              "message 1 of %d bytes came back with a wrong byte at position %d, byte %d of the stream"
                  .formatted(size, at, size + at));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNameATruncatedDatagram(Transport transport) throws Exception {
    PlainEcho.Answer cutAt2048 =
        (datagram, from) -> List.of(Arrays.copyOf(datagram, Math.min(2048, datagram.length)));
    try (PlainEcho echo = PlainEcho.udp(cutAt2048)) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).with("size", 2049).udp();

      assertThat(udp.finding().verdict()).isEqualTo(Verdict.TRUNCATED);
      assertThat(udp.finding().evidence())
          .isEqualTo("message 0 came back with 2048 of its 2049 bytes, the same as sent");
      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 0, 0, 0, 0, 0, 5, 0, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNameADatagramCutWithinTheHeader(Transport transport) throws Exception {
    AtomicInteger length = new AtomicInteger();
    PlainEcho.Answer cutEverShorter =
        (datagram, from) -> List.of(Arrays.copyOf(datagram, length.addAndGet(20)));
    try (PlainEcho echo = PlainEcho.udp(cutEverShorter)) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 0, 0, 0, 0, 0, 5, 0, 0));
    }
  }

  /** A relay whose backend is gone answers so; that is no echo that cuts. */
  @ParameterizedTest
  @MethodSource("transports")
  void shouldNotCallAnEmptyAnswerAnEcho(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(new byte[0]))) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).with("timeout", "300ms").udp();

      assertThat(udp.counts().truncated()).isZero();
      assertThat(udp.finding().text("Try: "))
          .startsWith("corrupted: an empty datagram came back. Look for: a relay or load balancer");
    }
  }

  /** Over TCP a handshake has passed: no firewall explains what speaks another protocol. */
  @ParameterizedTest
  @MethodSource("transports")
  void shouldSayThatAnotherServiceSpeaks(Transport transport) throws Exception {
    PlainEcho.Conversation banner =
        socket -> socket.getOutputStream().write("SSH-2.0-OpenSSH_9.2\r\n".getBytes(US_ASCII));
    try (PlainEcho echo = PlainEcho.tcp(banner)) {
      assertThat(Sending.to(echo.port()).over(transport).tcp().finding().text("Try: "))
          .isEqualTo(
              "corrupted: bytes like nothing that was sent came back: \"SSH-2.0-OpenSSH_9.2\\r"
                  + "\\n"
                  + "\". Look for: another service that listens there; the right address and"
                  + " port.");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCallALongerDatagramCorrupted(Transport transport) throws Exception {
    PlainEcho.Answer oneMore =
        (datagram, from) -> List.of(Arrays.copyOf(datagram, datagram.length + 1));
    try (PlainEcho echo = PlainEcho.udp(oneMore)) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).udp();

      assertThat(udp.finding().evidence())
          .isEqualTo(
              "message 0 of 128 bytes came back with 129, the first wrong one at position 128");
      assertThat(udp.counts().corrupted()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountDuplicates(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(datagram, datagram))) {
      for (int size : new int[] {64, 128}) {
        ProtocolResult udp = Sending.to(echo.port()).over(transport).with("size", size).udp();

        assertThat(udp.finding().verdict()).isEqualTo(Verdict.OPEN);
        assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 5, 0, 5, 0, 0, 0, 0, 0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountEchoesInReverseOrder(Transport transport) throws Exception {
    for (int size : new int[] {64, 128}) {
      List<byte[]> held = new ArrayList<>();
      PlainEcho.Answer reversed =
          (datagram, from) -> {
            held.add(datagram);
            Collections.reverse(held);
            List<byte[]> answer = held.size() == 5 ? List.copyOf(held) : List.of();
            Collections.reverse(held);
            return answer;
          };
      try (PlainEcho echo = PlainEcho.udp(reversed)) {
        ProtocolResult udp = Sending.to(echo.port()).over(transport).with("size", size).udp();

        assertThat(udp.finding().verdict()).isEqualTo(Verdict.OPEN);
        assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 5, 0, 0, 4, 0, 0, 0, 0));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCountWhatIsLost(Transport transport) throws Exception {
    AtomicInteger received = new AtomicInteger();
    PlainEcho.Answer dropTheThird =
        (datagram, from) -> received.incrementAndGet() == 3 ? List.of() : List.of(datagram);
    try (PlainEcho echo = PlainEcho.udp(dropTheThird)) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).with("timeout", "300ms").udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(5, 4, 1, 0, 0, 0, 0, 0, 0));
      assertThat(udp.finding().verdict()).isEqualTo(Verdict.LOSSY);
      assertThat(udp.finding().evidence())
          .isEqualTo("4 of 5 messages came back, 1 not within 300 ms");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldTellLateFromLostAndFromDuplicated(Transport transport) throws Exception {
    List<byte[]> held = new ArrayList<>();
    AtomicInteger received = new AtomicInteger();
    PlainEcho.Answer secondAfterTheNinth =
        (datagram, from) ->
            switch (received.incrementAndGet()) {
              case 2 -> {
                held.add(datagram);
                yield List.of();
              }
              case 9 -> List.of(held.get(0), datagram);
              default -> List.of(datagram);
            };
    try (PlainEcho echo = PlainEcho.udp(secondAfterTheNinth)) {
      ProtocolResult udp =
          Sending.to(echo.port())
              .over(transport)
              .with("count", 10)
              .with("interval", "100ms")
              .with("timeout", "300ms")
              .udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(10, 9, 1, 0, 0, 0, 0, 1, 0));
      assertThat(udp.finding().evidence()).endsWith(", 1 of them came later");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNotTakeAStrangersDatagramForAnEcho(Transport transport) throws Exception {
    PlainEcho.Answer withNonsense =
        (datagram, from) -> List.of(datagram, "nonsense".repeat(16).getBytes(US_ASCII));
    try (PlainEcho echo = PlainEcho.udp(withNonsense)) {
      ProtocolResult udp = Sending.to(echo.port()).over(transport).with("count", 1).udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(1, 1, 0, 0, 0, 1, 0, 0, 0));
      assertThat(udp.finding().evidence())
          .isEqualTo(
              "a datagram of 128 bytes came that is like no message of this run:"
                  + " \"nonsensenonsensenonsense...\"");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCallBytesThatWereNeverSentCorrupted(Transport transport) throws Exception {
    PlainEcho.Conversation oneByteMore =
        socket -> {
          PlainEcho.echoThrough(socket, 4096, bytes -> {});
          socket.getOutputStream().write('!');
        };
    try (PlainEcho echo = PlainEcho.tcp(oneByteMore)) {
      ProtocolResult tcp = Sending.to(echo.port()).over(transport).tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.CORRUPTED);
      assertThat(tcp.finding().evidence())
          .isEqualTo("more came back than the 640 bytes that were sent, at least 1 beyond them");
      assertThat(tcp.counts()).isEqualTo(new ExchangeCounts(5, 5, 0, 0, 0, 1, 0, 0, 0));
    }
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= 1;
    return flipped;
  }
}
