package io.dualport.server.echo;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;

/** One port number on both protocols: both or none, and nobody else's while the server runs. */
class PortTest {
  private static final long PID = ProcessHandle.current().pid();

  @EachTransport
  void shouldBindOneNumberOnBothProtocols(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "shards", "1")) {
      assertThat(server.port()).isPositive();
      assertThat(Sockets.onPort(TCP, server.port())).hasSize(1);
      assertThat(Sockets.onPort(UDP, server.port())).hasSize(1);
    }
  }

  @EachTransport
  void shouldBindSeveralAddressesOnOneNumber(Transport transport) throws Exception {
    try (TestServer server =
        TestServer.start(transport, "host", "127.0.0.1,127.0.0.2", "shards", "1")) {
      assertThat(Sockets.onPort(TCP, server.port())).hasSize(2);
      assertThat(Sockets.onPort(UDP, server.port())).hasSize(2);
    }
  }

  @EachTransport
  void shouldReleaseTcpAndNameTheHolderWhenUdpIsTaken(Transport transport) throws Exception {
    try (DatagramChannel holder = DatagramChannel.open(StandardProtocolFamily.INET)) {
      int port = FreePort.onBoth();
      holder.bind(new InetSocketAddress("127.0.0.1", port));
      BindFailure failure = bindFailure(transport, port);
      assertThat(failure)
          .hasMessageContaining("cannot bind udp 127.0.0.1:" + port)
          .hasMessageContaining("Address already in use (EADDRINUSE)")
          .hasMessageContaining("(pid " + PID + ")")
          .hasMessageContaining("--port");
      await().until(() -> Sockets.onPort(TCP, port).isEmpty());
    }
  }

  @EachTransport
  void shouldLeaveUdpFreeAndNameTheHolderWhenTcpIsTaken(Transport transport) throws Exception {
    try (ServerSocketChannel holder = ServerSocketChannel.open(StandardProtocolFamily.INET)) {
      int port = FreePort.onBoth();
      holder.bind(new InetSocketAddress("127.0.0.1", port));
      BindFailure failure = bindFailure(transport, port);
      assertThat(failure)
          .hasMessageContaining("cannot bind tcp 127.0.0.1:" + port)
          .hasMessageContaining("Address already in use (EADDRINUSE)")
          .hasMessageContaining("(pid " + PID + ")");
      assertThat(Sockets.onPort(UDP, port)).isEmpty();
    }
  }

  @EachTransport
  void shouldSayWhatToDoAboutAnAddressThatIsNotHere(Transport transport) {
    assertThatThrownBy(() -> TestServer.start(transport, "host", "203.0.113.7"))
        .isInstanceOf(BindFailure.class)
        .hasMessageContaining("203.0.113.7")
        .hasMessageContaining("EADDRNOTAVAIL")
        .hasMessageContaining("ip address");
  }

  @EachTransport
  void shouldStayExclusiveWhateverOptionsAnotherSocketSets(Transport transport) throws Exception {
    for (String host : new String[] {"127.0.0.1", "any"}) {
      try (TestServer server = TestServer.start(transport, "host", host)) {
        touchEveryAddress(server, transport, host);
        for (boolean address : new boolean[] {false, true}) {
          for (boolean port : new boolean[] {false, true}) {
            assertRefused(server, "127.0.0.1", address, port);
            assertRefused(server, "0.0.0.0", address, port);
            if (host.equals("any")) {
              assertRefused(server, "127.0.0.2", address, port);
              assertRefused(server, "127.0.0.3", address, port);
            }
          }
        }
        assertThatThrownBy(
                () -> TestServer.start(transport, "host", host, "port", "" + server.port()))
            .isInstanceOf(BindFailure.class);
      }
    }
  }

  /** Makes the server open a socket beside its wildcard while it runs. */
  private static void touchEveryAddress(TestServer server, Transport transport, String host)
      throws IOException {
    if (host.equals("any") && transport.learnsDialledAddress()) {
      try (java.net.DatagramSocket client = new java.net.DatagramSocket()) {
        client.setSoTimeout(5_000);
        client.connect(server.address("127.0.0.2"));
        client.send(new java.net.DatagramPacket(new byte[1], 1));
        client.receive(new java.net.DatagramPacket(new byte[1], 1));
      }
    }
  }

  private static void assertRefused(
      TestServer server, String address, boolean reuseAddress, boolean reusePort)
      throws IOException {
    InetSocketAddress wanted = new InetSocketAddress(InetAddress.getByName(address), server.port());
    ProtocolFamily family = StandardProtocolFamily.INET;
    try (DatagramChannel udp = DatagramChannel.open(family);
        ServerSocketChannel tcp = ServerSocketChannel.open(family)) {
      for (NetworkChannel intruder : new NetworkChannel[] {udp, tcp}) {
        intruder.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
        intruder.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
        assertThatThrownBy(() -> intruder.bind(wanted))
            .as("%s on %s", intruder, wanted)
            .hasMessageContaining("Address already in use");
      }
    }
  }

  private static BindFailure bindFailure(Transport transport, int port) {
    return catchThrowableOfType(
        BindFailure.class, () -> TestServer.start(transport, "port", String.valueOf(port)));
  }
}
