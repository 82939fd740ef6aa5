package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the running kernel says about sockets that this test opens. */
class LiveKernelTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @BeforeEach
  void kernelMustShowItsSockets() {
    assumeTrue(SocketTable.available(), "this system has no readable /proc/net");
  }

  @Test
  void shouldShowAListenerAndItsWaitingConnection() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 5, LOOPBACK);
        Socket client = new Socket(LOOPBACK, listener.getLocalPort())) {
      InetSocketAddress listening = (InetSocketAddress) listener.getLocalSocketAddress();
      await()
          .untilAsserted(
              () ->
                  assertThat(SocketTable.read().holder(Protocol.TCP, listening))
                      .hasValueSatisfying(
                          row -> {
                            assertThat(row.state()).isEqualTo(SocketState.LISTEN);
                            assertThat(row.local()).isEqualTo(listening);
                            assertThat(row.receiveQueueBytes()).isEqualTo(1);
                          }));

      FiveTuple flow = new FiveTuple(Protocol.TCP, address(client), listening);
      SocketTable table = SocketTable.read();
      SocketRow server = table.find(flow).orElseThrow();
      assertThat(server.state()).isEqualTo(SocketState.ESTABLISHED);
      SocketRow own = table.find(flow.reversed()).orElseThrow();
      assertThat(own.local()).isEqualTo(address(client));
      assertThat(own.inode()).isPositive().isNotEqualTo(server.inode());
      assertThat(table.unreadableLines()).isZero();
    }
  }

  @Test
  void shouldTellConnectedFromUnconnectedUdp() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
        DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
      client.connect(server.getLocalSocketAddress());
      FiveTuple flow =
          new FiveTuple(
              Protocol.UDP,
              address(client.getLocalSocketAddress()),
              address(server.getLocalSocketAddress()));

      SocketTable table = SocketTable.read();
      assertThat(table.find(flow)).map(SocketRow::state).contains(SocketState.UNCONN);
      assertThat(table.find(flow.reversed()))
          .map(SocketRow::state)
          .contains(SocketState.ESTABLISHED);
    }
  }

  @Test
  void shouldCountTheDatagramsThatAFullSocketDropped() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
        DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
      server.setReceiveBufferSize(1024);
      byte[] payload = new byte[1000];
      for (int i = 0; i < 200; i++) {
        client.send(new DatagramPacket(payload, payload.length, server.getLocalSocketAddress()));
      }
      InetSocketAddress bound = address(server.getLocalSocketAddress());
      await()
          .untilAsserted(
              () ->
                  assertThat(SocketTable.read().holder(Protocol.UDP, bound))
                      .hasValueSatisfying(
                          row -> {
                            assertThat(row.drops()).isBetween(100L, 199L);
                            assertThat(row.receiveQueueBytes()).isPositive();
                          }));
    }
  }

  @Test
  void shouldShowAnIpv6Socket() throws Exception {
    InetAddress loopback6 = InetAddress.getByName("::1");
    assumeTrue(
        LocalAddresses.read().unicast().contains(loopback6), "this machine has no IPv6 loopback");
    try (DatagramSocket server = new DatagramSocket(0, loopback6)) {
      InetSocketAddress bound = address(server.getLocalSocketAddress());
      SocketRow row = SocketTable.read().holder(Protocol.UDP, bound).orElseThrow();

      assertThat(row.ipv6()).isTrue();
      assertThat(row.local().getAddress()).isInstanceOf(Inet6Address.class).isEqualTo(loopback6);
    }
  }

  @Test
  void shouldNameThisProcessAsTheOwnerOfItsSockets() throws Exception {
    try (ServerSocket tcp = new ServerSocket(0, 5, LOOPBACK);
        DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), LOOPBACK)) {
      SocketTable table = SocketTable.read();
      long tcpInode = inode(table, Protocol.TCP, tcp.getLocalSocketAddress());
      long udpInode = inode(table, Protocol.UDP, udp.getLocalSocketAddress());

      Map<Long, SocketOwner> owners = SocketOwners.of(Set.of(tcpInode, udpInode, 0L));

      int pid = (int) ProcessHandle.current().pid();
      String command = Files.readString(Path.of("/proc/self/comm")).strip();
      assertThat(owners)
          .containsOnly(
              Map.entry(tcpInode, new SocketOwner(pid, command)),
              Map.entry(udpInode, new SocketOwner(pid, command)));
    }
  }

  @Test
  void shouldLeaveOutSocketsOfNobody() {
    assertThat(SocketOwners.of(Set.of(0L, Long.MAX_VALUE))).isEmpty();
  }

  @Test
  void shouldCountADatagramInTheNamespace() throws Exception {
    NetCounters before = NetCounters.read().orElseThrow();
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        DatagramSocket client = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      client.send(new DatagramPacket(new byte[1], 1, server.getLocalSocketAddress()));
      server.setSoTimeout(5000);
      server.receive(new DatagramPacket(new byte[1], 1));
    }
    NetCounters counted = NetCounters.read().orElseThrow().since(before);

    assertThat(counted.values().get("Udp.OutDatagrams")).isPositive();
    assertThat(counted.values().get("Udp.InDatagrams")).isPositive();
    assertThat(counted.values()).containsKeys("Tcp.PassiveOpens", "TcpExt.ListenDrops");
  }

  private static long inode(SocketTable table, Protocol protocol, SocketAddress bound) {
    return table.holder(protocol, address(bound)).orElseThrow().inode();
  }

  private static InetSocketAddress address(Socket socket) {
    return address(socket.getLocalSocketAddress());
  }

  private static InetSocketAddress address(SocketAddress address) {
    return (InetSocketAddress) address;
  }
}
