package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against servers that refuse, reset, close or say nothing. */
@Tag("slow")
class SendVerdictTest {
  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldHearThatAPortIsClosedOnBothProtocols(Transport transport) throws Exception {
    SendResult result = Sending.to(closedPort()).over(transport).run();

    assertThat(result.protocols())
        .allSatisfy(
            one -> {
              assertThat(one.finding().verdict()).isEqualTo(Verdict.REFUSED);
              assertThat(one.finding().errno()).isEqualTo(Errno.ECONNREFUSED);
              assertThat(one.finding().text("Try: ")).contains("Connection refused (ECONNREFUSED)");
            });
    assertThat(result.protocols().get(0).finding().evidence()).startsWith("the SYN was answered");
    assertThat(result.protocols().get(1).finding().evidence()).contains("ICMP port unreachable");
    assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldHearThatAnEmptyDatagramIsRefusedWhereTheTransportCan(Transport transport)
      throws Exception {
    ProtocolResult udp =
        Sending.to(closedPort()).over(transport).with("size", 0).with("timeout", "200ms").udp();

    assertThat(udp.finding().verdict())
        .isEqualTo(transport.sendsEmptyWhenConnected() ? Verdict.REFUSED : Verdict.SILENT);
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldGiveUpOnceNothingCameBackWithinTheTimeout(Transport transport) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (PlainEcho echo = PlainEcho.start(socket -> await(never), PlainEcho.UDP_SILENCE)) {
      long start = System.nanoTime();
      SendResult result =
          Sending.to(echo.port())
              .over(transport)
              .with("count", 1000)
              .with("interval", "100ms")
              .with("timeout", "300ms")
              .run();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(result.protocols())
          .allSatisfy(
              one -> {
                assertThat(one.finding().verdict()).isEqualTo(Verdict.SILENT);
                assertThat(one.finding().evidence()).contains("nothing came back within 300 ms");
                assertThat(one.counts().sent()).isBetween(1, 10);
                assertThat(one.counts().lost()).isEqualTo(one.counts().sent());
              });
      never.countDown();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNotWaitForAServerThatStoppedReading(Transport transport) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    PlainEcho.Conversation oneByteThenNothing =
        socket -> {
          socket.getOutputStream().write(socket.getInputStream().read());
          await(never);
        };
    try (PlainEcho echo = PlainEcho.tcp(oneByteThenNothing)) {
      ProtocolResult tcp =
          Sending.to(echo.port())
              .over(transport)
              .with("size", SendSettings.MAX_TCP_SIZE)
              .with("timeout", "500ms")
              .tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.LOSSY);
      assertThat(tcp.finding().evidence()).contains("took no more bytes for 500 ms");
      never.countDown();
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNameAReset(Transport transport) throws Exception {
    PlainEcho.Conversation reset =
        socket -> {
          socket.getOutputStream().write(socket.getInputStream().readNBytes(128));
          socket.getInputStream().readNBytes(128);
          socket.setSoLinger(true, 0);
        };
    try (PlainEcho echo = PlainEcho.tcp(reset)) {
      ProtocolResult tcp = Sending.to(echo.port()).over(transport).tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.RESET);
      assertThat(tcp.finding().text("Try: "))
          .startsWith(
              "reset: Connection reset by peer (ECONNRESET): after 1 echo the connection was"
                  + " reset");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNameAServerThatClosesEarly(Transport transport) throws Exception {
    PlainEcho.Conversation closeAfterTwo =
        socket -> {
          socket.getOutputStream().write(socket.getInputStream().readNBytes(200));
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        };
    try (PlainEcho echo = PlainEcho.tcp(closeAfterTwo)) {
      ProtocolResult tcp = Sending.to(echo.port()).over(transport).tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.CLOSED_EARLY);
      assertThat(tcp.finding().evidence())
          .isEqualTo("after 1 echo the server's side closed (FIN), 200 bytes had come back");
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSayWhenTheServerKeepsTheConnectionOpen(Transport transport) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    PlainEcho.Conversation echoButStay =
        socket -> {
          PlainEcho.echoThrough(socket, 4096, bytes -> {});
          await(never);
        };
    try (PlainEcho echo = PlainEcho.tcp(echoButStay)) {
      ProtocolResult tcp = Sending.to(echo.port()).over(transport).with("timeout", "300ms").tcp();
      ProtocolResult empty =
          Sending.to(echo.port()).over(transport).with("timeout", "300ms").with("size", 0).tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.OPEN);
      assertThat(tcp.finding().evidence())
          .endsWith("came back whole; the server did not close within 300 ms of our FIN");
      assertThat(empty.finding().verdict()).isEqualTo(Verdict.SILENT);
      never.countDown();
    }
  }

  @Test
  void shouldNameAHostThatDoesNotResolve() {
    SendResult result = Sending.to("no-such-host.invalid:8888").run();

    assertThat(result.protocols())
        .allSatisfy(
            one -> {
              assertThat(one.finding().verdict()).isEqualTo(Verdict.UNRESOLVED);
              assertThat(one.finding().text("Try: "))
                  .startsWith("unresolved: no-such-host.invalid: ")
                  .contains("Try: ");
            });
    assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
  }

  /** Documentation prefix, RFC 5737 and RFC 3849: nobody routes them to a host. */
  @Test
  void shouldMapWhatTheKernelSaysAboutRoutes() throws Exception {
    SocketErrors errors = new SocketErrors(Protocol.TCP, new InetSocketAddress("203.0.113.1", 9));
    for (String words : List.of("Network is unreachable", "No route to host")) {
      Finding verdict = errors.noRoute(new IOException(words));

      assertThat(verdict.verdict()).isEqualTo(Verdict.UNREACHABLE);
      assertThat(verdict.text("Try: "))
          .contains(words + " (E")
          .contains("ip route get 203.0.113.1");
    }
  }

  /** Of a server that has just gone. */
  private static int closedPort() throws IOException {
    try (PlainEcho echo = PlainEcho.good()) {
      return echo.port();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
