package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.FreePort;
import io.dualport.client.PlainEcho;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SharedSourcePortTest {
  private static final List<Protocol> BOTH = List.of(Protocol.TCP, Protocol.UDP);
  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();
  private static final InetSocketAddress REMOTE = new InetSocketAddress(LOCAL, 9);

  static List<Transport> transports() {
    return Transport.available();
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldSendFromTheGivenPort(Transport transport) throws Exception {
    int wanted = FreePort.onBoth();
    try (PlainEcho echo = PlainEcho.good()) {
      SendResult result = Sending.to(echo.port()).over(transport).with("source-port", wanted).run();

      assertThat(result.isOpen()).isTrue();
      assertThat(echo.tcpPeers().get(0).getPort()).isEqualTo(wanted);
      assertThat(echo.udpPeers().get(0).getPort()).isEqualTo(wanted);
    }
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldNameProtocolAddressAndErrnoOfABusyPort(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good();
        ServerSocket tcp = new ServerSocket(FreePort.onBoth(), 1, LOCAL);
        DatagramSocket udp = new DatagramSocket(FreePort.onBoth(), LOCAL)) {
      assertBusy(echo, transport, tcp.getLocalPort(), "TCP");
      assertBusy(echo, transport, udp.getLocalPort(), "UDP");
    }
  }

  private static void assertBusy(PlainEcho echo, Transport transport, int port, String protocol) {
    SendResult result = Sending.to(echo.port()).over(transport).with("source-port", port).run();

    assertThat(result.protocols())
        .allSatisfy(
            one -> {
              assertThat(one.finding().verdict()).isEqualTo(Verdict.NOT_SENT);
              assertThat(one.finding().text("Try: "))
                  .startsWith(
                      "not-sent: Address already in use (EADDRINUSE): bind %s 127.0.0.1:%d failed. Try: "
                          .formatted(protocol, port));
            });
  }

  @ParameterizedTest
  @MethodSource("transports")
  void shouldTellThatTheFiveTupleIsTaken(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good();
        Socket earlier = new Socket()) {
      earlier.setReuseAddress(true);
      earlier.bind(new InetSocketAddress(LOCAL, 0));
      earlier.connect(new InetSocketAddress(LOCAL, echo.port()));

      ProtocolResult tcp =
          Sending.to(echo.port()).over(transport).with("source-port", earlier.getLocalPort()).tcp();

      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.NOT_SENT);
      assertThat(tcp.finding().text("Try: "))
          .startsWith(
              "not-sent: Cannot assign requested address (EADDRNOTAVAIL): the five-tuple tcp"
                  + " 127.0.0.1:%d -> 127.0.0.1:%d is taken"
                      .formatted(earlier.getLocalPort(), echo.port()));
    }
  }

  /**
   * The client sends the first FIN, so the TIME_WAIT is on its side (RFC 9293, section 3.6); with
   * timestamps Linux lets an explicit bind use it again at once (net/ipv4/tcp_ipv4.c,
   * tcp_twsk_unique), without them connect says EADDRNOTAVAIL. What must not happen is that bind
   * fails.
   */
  @Test
  void shouldUseTheGivenPortAgainAtOnce() throws Exception {
    int port = FreePort.onBoth();
    try (PlainEcho echo = PlainEcho.good()) {
      Sending sending = Sending.to(echo.port()).with("source-port", port).with("count", 1);
      assertThat(sending.tcp().finding().isOpen()).isTrue();

      Finding second = sending.tcp().finding();

      assertThat(second.isOpen() || second.errno() == Errno.EADDRNOTAVAIL)
          .as(second.text("Try: "))
          .isTrue();
    }
  }

  @Test
  void shouldRefuseToTalkToItself() throws Exception {
    int port = FreePort.onBoth();
    SendResult result = Sending.to(port).with("source-port", port).run();

    assertThat(result.protocols())
        .allSatisfy(
            one -> {
              assertThat(one.finding().verdict()).isEqualTo(Verdict.NOT_SENT);
              assertThat(one.finding().evidence()).contains("connected to itself");
            });
  }

  @Test
  void shouldTryAnotherPortWhenUdpsIsTaken() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    Map<Protocol, Channel> bound = bindWithUdpFailing(attempts, 3);

    assertThat(attempts).hasValue(4);
    assertThat(bound.get(Protocol.TCP).localAddress())
        .isEqualTo(bound.get(Protocol.UDP).localAddress());
    bound.values().forEach(channel -> channel.close().awaitUninterruptibly());
  }

  @Test
  void shouldGiveUpAfterSoManyPorts() {
    AtomicInteger attempts = new AtomicInteger();

    assertThatThrownBy(() -> bindWithUdpFailing(attempts, Integer.MAX_VALUE))
        .isInstanceOf(SourcePortException.class)
        .hasMessageContaining("no source port free for TCP and UDP on 127.0.0.1");
    assertThat(attempts).hasValue(SharedSourcePort.ATTEMPTS);
  }

  private static Map<Protocol, Channel> bindWithUdpFailing(AtomicInteger attempts, int failures)
      throws SourcePortException {
    Transport transport = Transport.automatic();
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.ioHandlerFactory());
    try {
      ExchangeSockets sockets = new ExchangeSockets(group, transport, false);
      return new SharedSourcePort(
              LOCAL,
              REMOTE,
              protocol -> {
                Bootstrap socket = sockets.unbound(protocol, LOCAL, 1_000_000_000);
                return protocol == Protocol.UDP
                    ? socket.handler(new TakenPort(attempts, failures))
                    : socket;
              })
          .bind(BOTH, 0);
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    }
  }

  /** A port that is taken, for the first so many binds. */
  private static final class TakenPort extends ChannelOutboundHandlerAdapter {
    private final AtomicInteger attempts;
    private final int failures;

    TakenPort(AtomicInteger attempts, int failures) {
      this.attempts = attempts;
      this.failures = failures;
    }

    @Override
    public void bind(ChannelHandlerContext context, SocketAddress local, ChannelPromise promise) {
      if (attempts.incrementAndGet() <= failures) {
        promise.setFailure(new BindException("Address already in use"));
      } else {
        context.bind(local, promise);
      }
    }
  }
}
