package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.transport.Transport;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against echoes that stamp what they saw, or claim to. */
class SendStampTest {
  private static final int SIZE = 128;

  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldFindTheFiveTupleUnchanged(Transport transport) throws Exception {
    try (PlainEcho echo = stamping(tuple -> tuple)) {
      SendResult result = Sending.to(echo.port()).over(transport).run();

      assertThat(result.protocols())
          .allSatisfy(
              one -> {
                assertThat(one.finding().isOpen()).as(one.finding().text("Try: ")).isTrue();
                assertThat(one.stamps().first().tuple()).isEqualTo(one.ours());
                assertThat(one.path()).isEqualTo(ProtocolResult.Path.SAME);
              });
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNoticeThatAddressesWereRewritten(Transport transport) throws Exception {
    InetSocketAddress nat = new InetSocketAddress("203.0.113.7", 61000);
    try (PlainEcho echo =
        stamping(tuple -> new FiveTuple(tuple.protocol(), nat, tuple.destination()))) {
      SendResult result = Sending.to(echo.port()).over(transport).run();

      assertThat(result.isOpen()).isTrue();
      assertThat(result.protocols())
          .allSatisfy(one -> assertThat(one.path()).isEqualTo(ProtocolResult.Path.REWRITTEN));
      assertThat(new SendConclusion(result).text())
          .contains("rewrites addresses")
          .contains("tcp 203.0.113.7:61000 -> 127.0.0.1:" + echo.port());
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCallTheOtherProtocolsStampCorrupted(Transport transport) throws Exception {
    try (PlainEcho echo =
        stamping(
            tuple -> {
              Protocol other = tuple.protocol() == Protocol.TCP ? Protocol.UDP : Protocol.TCP;
              return new FiveTuple(other, tuple.source(), tuple.destination());
            })) {
      SendResult result = Sending.to(echo.port()).over(transport).run();

      assertThat(result.protocols())
          .allSatisfy(
              one -> {
                assertThat(one.finding().verdict()).isEqualTo(Verdict.CORRUPTED);
                assertThat(one.finding().evidence()).contains("position " + Probe.STAMP_OFFSET);
              });
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldCallAStampThatNobodyAskedForCorrupted(Transport transport) throws Exception {
    try (PlainEcho echo = stamping(tuple -> tuple)) {
      SendResult result = Sending.to(echo.port()).over(transport).with("stamp", "off").run();

      assertThat(result.protocols())
          .allSatisfy(one -> assertThat(one.counts().corrupted()).isEqualTo(5));
    }
  }

  private static PlainEcho stamping(UnaryOperator<FiveTuple> claim) {
    int[] port = new int[1];
    PlainEcho echo =
        PlainEcho.start(
            socket -> {
              byte[] message = socket.getInputStream().readNBytes(SIZE);
              while (message.length == SIZE) {
                socket.getOutputStream().write(stamped(message, claim.apply(tuple(socket))));
                message = socket.getInputStream().readNBytes(SIZE);
              }
            },
            (datagram, from) -> {
              InetSocketAddress to = new InetSocketAddress("127.0.0.1", port[0]);
              FiveTuple tuple = new FiveTuple(Protocol.UDP, from, to);
              return List.of(stamped(datagram, claim.apply(tuple)));
            });
    port[0] = echo.port();
    return echo;
  }

  private static FiveTuple tuple(Socket socket) {
    return new FiveTuple(
        Protocol.TCP,
        (InetSocketAddress) socket.getRemoteSocketAddress(),
        (InetSocketAddress) socket.getLocalSocketAddress());
  }

  private static byte[] stamped(byte[] message, FiveTuple tuple) {
    new Stamp(1, tuple, 0, 42).set(Unpooled.wrappedBuffer(message), Probe.STAMP_OFFSET);
    return message;
  }
}
