package io.dualport.server.echo;

import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowSnapshot;
import io.dualport.kernel.SocketState;
import io.dualport.transport.DatagramGroup;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Several datagram sockets on one address and port: the load is spread, and nobody else gets in.
 */
class ShardsTest {
  private static final int CLIENTS = 48;

  /** Twelve and a guard: beyond ten sockets the kernel looks in another table (udp_hslot2). */
  @ParameterizedTest(name = "{1} shards on {0}")
  @CsvSource({"127.0.0.1, 2", "127.0.0.1, 3", "127.0.0.1, 12", "::1, 2", "::1, 3", "::1, 12"})
  void shouldKeepAFiveTupleOnTheLoopOfItsSourcePort(String host, int shards) throws Exception {
    List<DatagramSocket> clients = new ArrayList<>(); // all at once, so that no port comes twice
    try (TestServer server = start(host, shards)) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(client(server.address(host)));
        assertThat(echoes(clients.get(i), 3)).isEqualTo(3);
      }
      server.awaitCount(UDP, Counter.MESSAGES_OUT, 3 * CLIENTS);
      assertThat(server.snapshot().live())
          .hasSize(CLIENTS)
          .allSatisfy(
              flow -> {
                int port = flow.tuple().source().getPort();
                assertThat(flow.eventLoop()).isEqualTo(DatagramGroup.memberOf(port, shards));
                assertThat(flow.counters().get(Counter.MESSAGES_OUT)).isEqualTo(3);
              });
      assertThat(server.snapshot().live().stream().map(FlowSnapshot::eventLoop).distinct())
          .hasSizeGreaterThan(1);
      assertThat(Sockets.onPort(UDP, server.port())).hasSize(shards);
      assertThat(Sockets.boundTo(UDP, server.address(host)))
          .as("the guard, which is connected, and got nothing")
          .filteredOn(row -> row.state() == SocketState.ESTABLISHED)
          .singleElement()
          .satisfies(guard -> assertThat(guard.drops()).isZero());
    } finally {
      clients.forEach(DatagramSocket::close);
    }
  }

  @ParameterizedTest(name = "{1} shards on {0}")
  @CsvSource({"127.0.0.1, 2", "127.0.0.1, 12", "::1, 2", "::1, 12"})
  void shouldRefuseEveryNewcomer(String host, int shards) throws Exception {
    try (TestServer server = start(host, shards)) {
      for (String wanted : new String[] {host, "0.0.0.0", "::"}) {
        if (wanted.equals("0.0.0.0") && host.equals("::1")) {
          continue; // another family's wildcard is another port
        }
        for (boolean address : new boolean[] {false, true}) {
          for (boolean port : new boolean[] {false, true}) {
            assertRefused(server.address(wanted), address, port);
          }
        }
      }
      try (DatagramSocket client = client(server.address(host))) {
        assertThat(echoes(client, 1)).as("and none of them stole a datagram").isEqualTo(1);
      }
    }
  }

  /** The guard goes first, so the members must not share any more by then. */
  @Test
  void shouldRefuseNewcomersWhileAnIdleAddressIsClosed() throws Exception {
    try (TestServer server =
        TestServer.start(
            Transport.EPOLL,
            "host",
            "0.0.0.0",
            "threads",
            "4",
            "shards",
            "2",
            "idle-timeout",
            "100ms")) {
      for (int round = 0; round < 15; round++) {
        try (DatagramSocket client = client(server.address("127.0.0.9"))) {
          assertThat(echoes(client, 1)).isEqualTo(1);
        }
        do {
          for (int i = 0; i < 300; i++) { // far quicker one after the other than the table is read
            assertRefused(server.address("127.0.0.9"), false, true);
          }
        } while (!Sockets.boundTo(UDP, server.address("127.0.0.9")).isEmpty());
        assertRefused(server.address("127.0.0.9"), false, true);
      }
    }
  }

  /** The guard's row in the kernel's table has a peer, and that peer is no honest client. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"127.0.0.1", "::1"})
  void shouldEchoTheLowestPortOfItsOwnAddress(String host) throws Exception {
    try (TestServer server = start(host, 2);
        DatagramSocket client = new DatagramSocket(null)) {
      try {
        client.bind(new InetSocketAddress(host, 1));
      } catch (SocketException e) {
        assumeTrue(false, "may not bind port 1 here: run as root (" + e.getMessage() + ")");
      }
      client.connect(server.address(host));
      assertThat(echoes(client, 3)).isEqualTo(3);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"127.0.0.1", "::1"})
  void shouldNotJoinWhoeverSharesThePortAlready(String host) throws Exception {
    try (DatagramChannel holder = DatagramChannel.open(family(host))) {
      holder.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      int port = FreePort.onBoth();
      holder.bind(new InetSocketAddress(host, port));

      assertThatThrownBy(
              () ->
                  TestServer.start(
                      Transport.EPOLL, "host", host, "port", "" + port, "threads", "2"))
          .isInstanceOf(BindFailure.class)
          .hasMessageContaining("EADDRINUSE");
    }
  }

  /** One allowance for each source address, however its five-tuples are spread. */
  @ParameterizedTest
  @CsvSource("4")
  void shouldLimitASourceWhoseFlowsLieOnSeveralLoops(int shards) throws Exception {
    try (TestServer server =
        TestServer.start(Transport.EPOLL, "threads", "" + shards, "udp-rate", "10")) {
      long start = System.nanoTime();
      int echoed = 0;
      for (int i = 0; i < 2 * shards; i++) {
        try (DatagramSocket client = client(server.address())) {
          client.setSoTimeout(100);
          echoed += echoes(client, 10);
        }
      }
      long windows = (System.nanoTime() - start) / 1_000_000_000L + 2;
      assertThat(echoed).isLessThanOrEqualTo((int) (10 * windows));
      assertThat(server.count(UDP, Counter.DROPPED_RATE)).isPositive();
    }
  }

  private static TestServer start(String host, int shards) throws Exception {
    return TestServer.start(
        Transport.EPOLL, "host", host, "threads", "" + shards, "shards", "" + shards);
  }

  private static DatagramSocket client(InetSocketAddress server) throws IOException {
    DatagramSocket client = new DatagramSocket(0, InetAddress.getByName(server.getHostString()));
    client.setSoTimeout(5_000);
    client.connect(server);
    return client;
  }

  private static int echoes(DatagramSocket client, int wanted) throws IOException {
    for (byte i = 0; i < wanted; i++) {
      client.send(new DatagramPacket(new byte[] {i}, 1));
    }
    DatagramPacket echo = new DatagramPacket(new byte[2], 2);
    for (int i = 0; i < wanted; i++) {
      try {
        client.receive(echo);
      } catch (SocketTimeoutException e) {
        return i;
      }
    }
    return wanted;
  }

  private static StandardProtocolFamily family(String host) {
    return host.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }

  private static void assertRefused(
      InetSocketAddress wanted, boolean reuseAddress, boolean reusePort) throws IOException {
    try (DatagramChannel intruder = DatagramChannel.open(family(wanted.getHostString()))) {
      intruder.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
      intruder.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
      assertThatThrownBy(() -> intruder.bind(wanted))
          .as("%s, SO_REUSEADDR %s, SO_REUSEPORT %s", wanted, reuseAddress, reusePort)
          .hasMessageContaining("Address already in use");
    }
  }
}
