package io.dualport.client.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.report.LoadResult;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.transport.Transport;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who answered: one server, two, or something that is no echo. */
@Tag("slow")
class LoadStrangerTest {
  private static final int SIZE = 128;

  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldTellTwoServersBehindOnePort(Transport transport) throws Exception {
    try (PlainEcho echo = stamping(1, 2)) {
      LoadResult result = Loading.of(echo.port()).over(transport).oneAMillisecond(100).run();

      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
      assertThat(Loading.text(result))
          .contains(
              "TCP and UDP reach different servers: TCP instance 0000000000000001, UDP instance"
                  + " 0000000000000002.");
      assertThat(Loading.of(echo.port()).common("same-server", "on").run().exitStatus())
          .isEqualTo(ExitStatus.NOT_OPEN);
    }
    try (PlainEcho echo = stamping(3, 3)) {
      LoadResult result = Loading.of(echo.port()).common("same-server", "on").run();
      assertThat(result.exitStatus()).as(Loading.text(result)).isEqualTo(ExitStatus.OPEN);
      assertThat(Loading.text(result)).doesNotContain("different servers");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNotTakeAWrongStampForOne(Transport transport) throws Exception {
    PlainEcho.Answer nonsense =
        (datagram, from) -> {
          datagram[Probe.HEADER_BYTES - 1] = 1; // the stamp's last byte is always 0
          return List.of(datagram);
        };
    try (PlainEcho echo = PlainEcho.udp(nonsense)) {
      ProtocolLoad udp = Loading.of(echo.port()).over(transport).oneAMillisecond(100).udp();

      assertThat(udp.count(Count.CORRUPTED)).isEqualTo(100);
      assertThat(udp.instances()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldRecogniseAHeaderOfTheProxyProtocol(Transport transport) throws Exception {
    byte[] header = "PROXY TCP4 192.0.2.1 192.0.2.2 40000 8888\r\n".getBytes(US_ASCII);
    PlainEcho.Conversation withHeader =
        socket -> {
          socket.getInputStream().readNBytes(1);
          socket.getOutputStream().write(header);
          PlainEcho.echoThrough(socket, 65536, bytes -> {});
        };
    try (PlainEcho echo = PlainEcho.tcp(withHeader)) {
      LoadResult result =
          Loading.of(echo.port()).over(transport).only(Protocol.TCP).oneAMillisecond(100).run();

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(Loading.text(result))
          .contains(
              "TCP: what came back begins with a PROXY protocol header of version 1, \"PROXY TCP4"
                  + " 192.0.2.1 192.0.2.2 40000 8888\". Look for: the load balancer's PROXY"
                  + " protocol");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSayThatAnotherServiceSpeaks(Transport transport) throws Exception {
    PlainEcho.Conversation http =
        socket -> {
          socket.getInputStream().readNBytes(1);
          socket
              .getOutputStream()
              .write("HTTP/1.1 400 Bad Request\r\n".repeat(9).getBytes(US_ASCII));
          socket
              .getInputStream()
              .readAllBytes(); // so that it ends with FIN, as servers take care to
        };
    try (PlainEcho echo = PlainEcho.tcp(http)) {
      LoadResult result =
          Loading.of(echo.port()).over(transport).only(Protocol.TCP).oneAMillisecond(100).run();

      assertThat(Loading.text(result))
          .contains(
              "TCP: bytes like nothing that was sent came back: \"HTTP/1.1 400 Bad Request...\"."
                  + " Look for: another service that listens there; the right address and port.")
          .doesNotContain("firewall");
    }
  }

  /** A relay whose backend is gone answers so; that is no echo that cuts. */
  @Test
  void shouldNotCallAnEmptyAnswerAnEcho() throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(new byte[0]))) {
      LoadResult result =
          Loading.of(echo.port()).only(Protocol.UDP).timeout("300ms").oneAMillisecond(100).run();
      ProtocolLoad udp = result.protocols().get(0);

      assertThat(udp.count(Count.TRUNCATED)).isZero();
      assertThat(udp.count(Count.STRAY)).isEqualTo(100);
      assertThat(udp.count(Count.LOST)).isEqualTo(100);
      assertThat(Loading.text(result))
          .contains("UDP: an empty datagram came back. Look for: a relay");
    }
  }

  /** An echo that stamps what asks for it, with an instance id for each protocol. */
  private static PlainEcho stamping(long overTcp, long overUdp) {
    return PlainEcho.start(
        socket -> {
          byte[] message = socket.getInputStream().readNBytes(SIZE);
          while (message.length == SIZE) {
            FiveTuple tuple =
                new FiveTuple(
                    Protocol.TCP,
                    (InetSocketAddress) socket.getRemoteSocketAddress(),
                    (InetSocketAddress) socket.getLocalSocketAddress());
            socket.getOutputStream().write(stamped(message, tuple, overTcp));
            message = socket.getInputStream().readNBytes(SIZE);
          }
        },
        (datagram, from) ->
            List.of(stamped(datagram, new FiveTuple(Protocol.UDP, from, from), overUdp)));
  }

  private static byte[] stamped(byte[] message, FiveTuple tuple, long instance) {
    if (message[Probe.FLAGS_OFFSET + 1] == Probe.FLAG_STAMP) {
      new Stamp(1, tuple, 0, instance).set(Unpooled.wrappedBuffer(message), Probe.STAMP_OFFSET);
    }
    return message;
  }
}
