package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.server.ExitCode;
import io.dualport.server.TestCommand;
import io.dualport.transport.Transport;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sockets that were bound before the server began: what it takes, and what it says to the rest. */
class InheritedSocketsTest {
  private static final String SELF = String.valueOf(ProcessHandle.current().pid());

  /** include/uapi/linux/in6.h. */
  private static final int IPPROTO_IPV6 = 41;

  private static final int IPV6_V6ONLY = 26;
  private static final int NEVER_OPEN = Integer.MAX_VALUE;

  private final List<LinuxSocket> opened = new ArrayList<>();

  @BeforeEach
  void needEpoll() {
    Assumptions.assumeTrue(Transport.EPOLL.isAvailable(), "Linux passes sockets on");
  }

  @AfterEach
  void close() throws IOException {
    for (LinuxSocket socket : opened) {
      if (socket.isOpen()) {
        socket.close();
      }
    }
  }

  @Test
  void shouldServeAPairOnEachAddress() throws Exception {
    int port = FreePort.onBoth();
    List<InheritedSocket> passed =
        recognise(
            tcp("127.0.0.1", port),
            udp("127.0.0.1", port),
            udp("127.0.0.2", port),
            tcp("127.0.0.2", port));
    try (TestServer server = serve(passed)) {
      assertThat(server.port()).isEqualTo(port);
      assertEchoes("127.0.0.1", port);
      assertEchoes("127.0.0.2", port);
      assertThat(Sockets.onPort(Protocol.TCP, port)).hasSize(2);
      assertThat(Sockets.onPort(Protocol.UDP, port)).hasSize(2);
    }
  }

  /** Its sockets beside the wildcard are this user's, as the wildcard is. */
  @Test
  void shouldAnswerFromTheDialledAddressOnAWildcard() throws Exception {
    for (String any : List.of("0.0.0.0", "::")) {
      int port = FreePort.onBoth();
      try (TestServer server = serve(recognise(tcp(any, port), udp(any, port)))) {
        assertEchoes("127.0.0.1", port);
        assertEchoes("127.0.0.2", port);
        server.awaitCount(Protocol.UDP, Counter.MESSAGES_OUT, 2);
      }
    }
  }

  /** systemd sets SO_REUSEADDR, with which any UDP socket could join. */
  @Test
  void shouldKeepOthersOutThatThePassedSocketLetIn() throws Exception {
    int port = FreePort.onBoth();
    LinuxSocket udp = udp("127.0.0.1", port, true);
    try (TestServer server = serve(recognise(tcp("127.0.0.1", port), udp));
        DatagramChannel intruder = DatagramChannel.open()) {
      intruder.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      assertThatThrownBy(() -> intruder.bind(server.address())).hasMessageContaining("in use");
    }
  }

  @Test
  void shouldRefuseAPortThatAnotherSocketHasJoinedBefore() throws Exception {
    int port = FreePort.onBoth();
    LinuxSocket udp = udp("127.0.0.1", port, true);
    udp("127.0.0.1", port, true);
    assertRefused(
        () -> serve(recognise(tcp("127.0.0.1", port), udp)),
        "another has the port; held by java (pid " + SELF + ")");
  }

  @Test
  void shouldNameTheDescriptorAndTheRemedy() throws Exception {
    int port = FreePort.onBoth();
    LinuxSocket shared = open(Protocol.UDP, "127.0.0.1");
    shared.setReusePort(true);
    shared.bind(new InetSocketAddress("127.0.0.1", port));
    LinuxSocket connected = udp("127.0.0.2", port);
    connected.connect(new InetSocketAddress("127.0.0.2", 9));
    LinuxSocket local = keep(LinuxSocket.newSocketDomain());
    local.bind(new DomainSocketAddress("\0dualport-" + SELF));
    LinuxSocket six = open(Protocol.UDP, "::");
    six.setRawOpt(IPPROTO_IPV6, IPV6_V6ONLY, ByteBuffer.allocateDirect(4).put(0, (byte) 1));
    six.bind(new InetSocketAddress("::", port));

    assertUnknown(shared, "SO_REUSEPORT", "ReusePort=no");
    assertUnknown(connected, "connected to one peer");
    assertUnknown(open(Protocol.UDP, "127.0.0.1"), "bound to no port");
    assertUnknown(open(Protocol.TCP, "127.0.0.1"), "does not listen", "Accept=no");
    assertUnknown(local, "address family 1", "ListenDatagram=");
    assertRefused(
        () -> InheritedSocket.recognise(NEVER_OPEN, ""),
        "descriptor " + NEVER_OPEN,
        "Bad file descriptor",
        "LISTEN_FDS");
    assertUnknown(six, "IPV6_V6ONLY", "BindIPv6Only=both");
  }

  @Test
  void shouldRefuseWhatIsNoPairOnOnePort() throws Exception {
    int port = FreePort.onBoth();
    int other = FreePort.onBoth();
    LinuxSocket tcp = tcp("127.0.0.1", port);
    LinuxSocket udp = udp("127.0.0.1", port);
    String one = "ListenDatagram= with the same ADDRESS:PORT";
    assertRefused(() -> serve(recognise(tcp)), "descriptor " + tcp.intValue(), one);
    assertRefused(() -> serve(recognise(udp)), "udp 127.0.0.1:" + port, one);
    assertRefused(() -> serve(recognise(tcp, udp("127.0.0.2", port))), one);
    assertRefused(() -> serve(recognise(tcp, udp("127.0.0.1", other))), "one port", "" + other);
    assertRefused(
        () -> serve(recognise(tcp, udp, tcp("127.0.0.2", port))), "tcp 127.0.0.2:" + port, one);
  }

  @Test
  void shouldRefuseWhatContradictsTheSettings() throws Exception {
    int port = FreePort.onBoth();
    List<InheritedSocket> pair = recognise(tcp("127.0.0.1", port), udp("127.0.0.1", port));
    assertRefused(() -> serve(pair, "port", "8"), "server.port is 8", "leave out --port");
    assertRefused(() -> serve(pair, "host", "127.0.0.2"), "leave out --host");
    assertRefused(() -> serve(pair, "shards", "2"), "server.shards is 2");
    serve(pair, "port", "" + port, "host", "127.0.0.1", "shards", "1").close();
  }

  @Test
  void shouldTakeNothingThatTheEnvironmentDoesNotTellOf() throws Exception {
    for (Map<String, String> nothing :
        List.of(Map.<String, String>of(), Map.of("LISTEN_FDS", "0"), Map.of("LISTEN_PID", SELF))) {
      assertThat(InheritedSockets.of(nothing, TestServer.settings(), Transport.NIO)).isEmpty();
    }
  }

  @Test
  void shouldSayWhyTheEnvironmentIsRefused() throws Exception {
    TestCommand forAnother =
        TestCommand.run(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "1"), "--view", "quiet");
    assertThat(forAnother.code()).isEqualTo(ExitCode.COULD_NOT_BIND);
    assertThat(forAnother.err())
        .contains("LISTEN_FDS=2 is for process 1 (LISTEN_PID), and this is " + SELF)
        .contains("start java with exec, or unset LISTEN_FDS");

    assertEnvironmentRefused("2", Transport.NIO, "the nio transport opens its sockets itself");
    assertEnvironmentRefused("2", Transport.IO_URING, "the io_uring transport", "epoll");
    assertEnvironmentRefused("two", Transport.EPOLL, "LISTEN_FDS=two: 1 to 128 are taken");
    assertEnvironmentRefused("129", Transport.EPOLL, "LISTEN_FDS=129: 1 to 128 are taken");
    assertRefused(
        () ->
            InheritedSockets.of(Map.of("LISTEN_FDS", "1"), TestServer.settings(), Transport.EPOLL),
        "for process not set");
  }

  private static void assertEnvironmentRefused(
      String count, Transport transport, String... inTheMessage) {
    Map<String, String> environment = Map.of("LISTEN_FDS", count, "LISTEN_PID", SELF);
    assertRefused(
        () -> InheritedSockets.of(environment, TestServer.settings(), transport), inTheMessage);
  }

  private static void assertUnknown(LinuxSocket socket, String... inTheMessage) {
    assertRefused(() -> InheritedSocket.recognise(socket.intValue(), "some.socket"), inTheMessage);
    assertRefused(
        () -> InheritedSocket.recognise(socket.intValue(), "some.socket"),
        "descriptor %d (some.socket)".formatted(socket.intValue()));
  }

  private static void assertRefused(Callable<?> taking, String... inTheMessage) {
    assertThatThrownBy(taking::call)
        .isInstanceOf(BindFailure.class)
        .hasMessageContainingAll(inTheMessage)
        .hasMessageContaining("Nothing is served");
  }

  private static List<InheritedSocket> recognise(LinuxSocket... sockets) throws BindFailure {
    List<InheritedSocket> recognised = new ArrayList<>();
    for (LinuxSocket socket : sockets) {
      recognised.add(InheritedSocket.recognise(socket.intValue(), ""));
    }
    return recognised;
  }

  private TestServer serve(List<InheritedSocket> passed, String... options) throws Exception {
    TestServer server =
        TestServer.serve(settings -> Optional.of(InheritedSockets.take(passed, settings)), options);
    for (InheritedSocket served : passed) {
      opened.removeIf(socket -> socket.intValue() == served.descriptor()); // its own to close
    }
    return server;
  }

  private LinuxSocket tcp(String host, int port) throws IOException {
    LinuxSocket socket = open(Protocol.TCP, host);
    socket.bind(new InetSocketAddress(host, port));
    socket.listen(16);
    return socket;
  }

  private LinuxSocket udp(String host, int port) throws IOException {
    return udp(host, port, false);
  }

  private LinuxSocket udp(String host, int port, boolean reuseAddress) throws IOException {
    LinuxSocket socket = open(Protocol.UDP, host);
    socket.setReuseAddress(reuseAddress);
    socket.bind(new InetSocketAddress(host, port));
    return socket;
  }

  private LinuxSocket open(Protocol protocol, String host) throws IOException {
    SocketProtocolFamily family =
        InetAddress.getByName(host) instanceof Inet4Address
            ? SocketProtocolFamily.INET
            : SocketProtocolFamily.INET6;
    return keep(
        protocol == Protocol.TCP
            ? LinuxSocket.newSocketStream(family)
            : LinuxSocket.newSocketDgram(family));
  }

  private LinuxSocket keep(LinuxSocket socket) {
    opened.add(socket);
    return socket;
  }

  private static void assertEchoes(String host, int port) throws IOException {
    try (Socket tcp = new Socket(host, port);
        DatagramSocket udp = new DatagramSocket()) {
      tcp.setSoTimeout(5_000);
      tcp.getOutputStream().write('t');
      assertThat(tcp.getInputStream().read()).isEqualTo('t');
      udp.setSoTimeout(5_000);
      udp.connect(new InetSocketAddress(host, port)); // takes replies from that address alone
      udp.send(new DatagramPacket(new byte[] {'u'}, 1));
      DatagramPacket reply = new DatagramPacket(new byte[2], 2);
      udp.receive(reply);
      assertThat(reply.getLength()).isEqualTo(1);
    }
  }
}
