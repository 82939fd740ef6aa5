package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against an echo that does everything right. */
@Tag("slow")
class SendEchoTest {
  static Stream<Arguments> transportsAndSizes() {
    return Transport.available().stream()
        .flatMap(
            transport ->
                IntStream.of(0, 1, 95, 96, 1472, 2049, 9000, 65507)
                    .mapToObj(size -> Arguments.of(transport, size)));
  }

  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transportsAndSizes")
  void shouldFindEverySizeWholeOnBothProtocols(Transport transport, int size) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      SendResult result = Sending.to(echo.port()).over(transport).with("size", size).run();

      assertThat(result.protocols())
          .allSatisfy(one -> assertThat(one.finding().text("Try: ")).startsWith("open: "));
      assertThat(Sending.of(result, Protocol.UDP).counts())
          .isEqualTo(new ExchangeCounts(5, 5, 0, 0, 0, 0, 0, 0, 0));
      int overTcp = size == 0 ? 0 : 5;
      assertThat(Sending.of(result, Protocol.TCP).counts())
          .isEqualTo(new ExchangeCounts(overTcp, overTcp, 0, 0, 0, 0, 0, 0, 0));
      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
    }
  }

  @Test
  void shouldSayOneByteAndOneMessage() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolResult udp = Sending.to(echo.port()).with("size", 1).with("count", 1).udp();

      assertThat(udp.finding().text("Try: "))
          .isEqualTo("open: 1 of 1 message of 1 byte came back whole.");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldUseOneSourcePortForBothProtocols(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      SendResult result = Sending.to(echo.port()).over(transport).run();

      InetSocketAddress source = result.protocols().get(0).ours().source();
      assertThat(new HashSet<>(echo.tcpPeers())).containsExactly(source);
      assertThat(new HashSet<>(echo.udpPeers())).containsExactly(source);
      assertThat(result.protocols().get(1).ours().source()).isEqualTo(source);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSendAsFastAsTheWindowAllows(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      SendResult result =
          Sending.to(echo.port()).over(transport).with("count", 1000).with("interval", "0").run();

      ExchangeCounts whole = new ExchangeCounts(1000, 1000, 0, 0, 0, 0, 0, 0, 0);
      assertThat(result.protocols()).allSatisfy(one -> assertThat(one.counts()).isEqualTo(whole));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSendEmptyDatagramsAsFastAsTheWindowAllows(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolResult udp =
          Sending.to(echo.port())
              .over(transport)
              .with("size", 0)
              .with("count", 1000)
              .with("interval", "0")
              .udp();

      assertThat(udp.counts()).isEqualTo(new ExchangeCounts(1000, 1000, 0, 0, 0, 0, 0, 0, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldKeepTheWindowFull(Transport transport) throws Exception {
    List<byte[]> held = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    PlainEcho.Answer inBatches =
        (datagram, from) -> {
          held.add(datagram);
          if (held.size() < Flight.WINDOW) {
            return List.of();
          }
          sizes.add(held.size());
          List<byte[]> batch = List.copyOf(held);
          held.clear();
          return batch;
        };
    try (PlainEcho echo = PlainEcho.udp(inBatches)) {
      ExchangeCounts counts =
          Sending.to(echo.port())
              .over(transport)
              .with("count", 4 * Flight.WINDOW)
              .with("interval", "0")
              .udp()
              .counts();

      assertThat(counts.echoed()).isEqualTo(4 * Flight.WINDOW);
      assertThat(sizes).hasSize(4);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNeverHaveMoreUnansweredThanTheWindow(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp(PlainEcho.UDP_SILENCE)) {
      ExchangeCounts counts =
          Sending.to(echo.port())
              .over(transport)
              .with("count", 1000)
              .with("interval", "0")
              .with("timeout", "200ms")
              .udp()
              .counts();

      assertThat(counts.sent()).isEqualTo(Flight.WINDOW);
      assertThat(echo.udpPeers()).hasSize(Flight.WINDOW);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCheckAStreamHoweverItIsCut(Transport transport) throws Exception {
    PlainEcho.Conversation sevenBytesAtATime =
        socket -> PlainEcho.echoThrough(socket, 7, bytes -> {});
    try (PlainEcho echo = PlainEcho.tcp(sevenBytesAtATime)) {
      ProtocolResult tcp = Sending.to(echo.port()).over(transport).with("size", 300).tcp();

      assertThat(tcp.counts()).isEqualTo(new ExchangeCounts(5, 5, 0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void shouldCarryTheLargestMessagesOverTcp() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolResult tcp =
          Sending.to(echo.port())
              .with("size", SendSettings.MAX_TCP_SIZE)
              .with("count", 3)
              .with("timeout", "20s")
              .tcp();

      assertThat(tcp.counts()).isEqualTo(new ExchangeCounts(3, 3, 0, 0, 0, 0, 0, 0, 0));
    }
  }

  @Test
  void shouldReachIpv6() throws Exception {
    InetAddress loopback = InetAddress.getByName("::1");
    Assumptions.assumeTrue(
        NetworkInterface.getByInetAddress(loopback) != null, "this machine has no ::1");
    try (PlainEcho echo = PlainEcho.start(loopback, PlainEcho.TCP_ECHO, PlainEcho.UDP_ECHO)) {
      SendResult result = Sending.to("[::1]:" + echo.port()).run();

      assertThat(result.isOpen()).isTrue();
    }
  }

  @Test
  void shouldMeasureRoundTrips() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      RoundTrips times = Sending.to(echo.port()).udp().roundTrips();

      assertThat(times.minNanos()).isPositive().isLessThanOrEqualTo(times.p50Nanos());
      assertThat(times.p50Nanos()).isLessThanOrEqualTo(times.p99Nanos());
      assertThat(times.p99Nanos()).isLessThanOrEqualTo(times.maxNanos());
      assertThat(times.maxNanos()).isLessThan(2_000_000_000L);
    }
  }
}
