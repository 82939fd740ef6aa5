package io.dualport.server.echo;

import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualport.flow.Counter;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the UDP half promises, with connected sockets as clients: they hear only the address they
 * dialled.
 */
@Tag("slow")
class UdpEchoTest {
  private static final int[] SIZE_CLASSES = {0, 1, 95, 96, 1472, 1473, 2048, 2049, 9000, 65507};

  @EachTransport
  void shouldReturnEverySizeWholeAndAsOneDatagram(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport);
        TestDatagrams client = TestDatagrams.to(server.address())) {
      long bytes = 0;
      for (int size : SIZE_CLASSES) {
        client.send(bytes(size));
        assertThat(client.receive()).as("size %d", size).isEqualTo(bytes(size));
        bytes += size;
      }
      server.awaitCount(UDP, Counter.MESSAGES_OUT, SIZE_CLASSES.length);
      assertThat(server.count(UDP, Counter.BYTES_OUT)).isEqualTo(bytes);
      assertThat(server.totals(UDP).sum(Counter.drops())).isZero();
    }
  }

  @EachTransport
  void shouldReturnEverySizeWholeAlsoAsTheFirstOfABurstOfMixedSizes(Transport transport)
      throws Exception {
    for (int first : SIZE_CLASSES) {
      try (TestServer server = TestServer.start(transport);
          TestDatagrams client = TestDatagrams.to(server.address())) {
        List<byte[]> burst = new ArrayList<>(List.of(bytes(first)));
        for (int size : new int[] {7, 0, 2049, 96, 9000, 1}) {
          burst.add(bytes(size));
        }
        for (byte[] datagram : burst) {
          client.send(datagram);
        }
        for (byte[] datagram : burst) {
          assertThat(client.receive()).as("burst begun with %d", first).isEqualTo(datagram);
        }
      }
    }
  }

  @EachTransport
  void shouldReturnTheMostThatIpv6CarriesWhole(Transport transport) throws Exception {
    assumeIpv6();
    try (TestServer server = TestServer.start(transport, "host", "::1");
        TestDatagrams client = TestDatagrams.to(server.address("::1"))) {
      client.send(bytes(65527));
      assertThat(client.receive()).isEqualTo(bytes(65527));
    }
  }

  @EachTransport
  void shouldAnswerFromTheDialledAddressWhenBoundToAny(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "host", "any")) {
      List<String> dialled = new ArrayList<>(List.of("127.0.0.1"));
      if (hasIpv6()) {
        dialled.add("::1");
      }
      if (transport.learnsDialledAddress()) {
        dialled.addAll(List.of("127.0.0.2", "127.1.2.3"));
      }
      for (String address : dialled) {
        for (int round = 0; round < 3; round++) {
          try (TestDatagrams client = TestDatagrams.to(server.address(address))) {
            client.send(bytes(2049));
            assertThat(client.receive()).as(address).isEqualTo(bytes(2049));
          }
        }
      }
      assertThat(server.totals(UDP).sum(Counter.drops())).isZero();
    }
  }

  @EachTransport
  void shouldKeepOrderWhenEmptyDatagramsAreAmongOthers(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport);
        TestDatagrams client = TestDatagrams.to(server.address())) {
      for (int i = 1; i <= 20; i++) {
        client.send(bytes(i));
        client.send(bytes(0));
      }
      for (int i = 1; i <= 20; i++) {
        assertThat(client.receive()).hasSize(i);
        assertThat(client.receive()).isEmpty();
      }
    }
  }

  /** Better silent and counted than answered from an address that nobody dialled. */
  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("notLearning")
  void shouldCountWhatItCannotAnswerFromTheDialledAddress(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "host", "any");
        TestDatagrams client = TestDatagrams.to(server.address(ofNoInterface()))) {
      client.patience(200);
      client.send(bytes(10));
      assertThatThrownBy(() -> client.receive()).isInstanceOf(SocketTimeoutException.class);
      server.awaitCount(UDP, Counter.DROPPED_NO_SOCKET_FOR_DESTINATION, 1);
    }
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("learning")
  void shouldServeNoMoreAddressesThanTheLimit(Transport transport) throws Exception {
    try (TestServer server =
        TestServer.start(transport, "host", "0.0.0.0", "max-addresses", "40")) {
      int answered = 0;
      for (int i = 1; i <= 60; i++) {
        try (TestDatagrams client = TestDatagrams.to(server.address("127.9.0." + i))) {
          client.patience(answered < i - 1 ? 50 : 5_000);
          client.send(bytes(3));
          answered += client.receive().length == 3 ? 1 : 0;
        } catch (SocketTimeoutException e) {
          // beyond the limit
        }
      }
      assertThat(answered).isBetween(1, 40);
      assertThat(server.count(UDP, Counter.DROPPED_NO_SOCKET_FOR_DESTINATION))
          .isEqualTo(60 - answered);
    }
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("learning")
  void shouldCloseSocketsOfAddressesThatNobodyDialsAnyMore(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "host", "any", "idle-timeout", "200ms")) {
      for (int round = 0; round < 2; round++) {
        try (TestDatagrams client = TestDatagrams.to(server.address("127.7.7.7"))) {
          client.send(bytes(3));
          assertThat(client.receive()).hasSize(3);
        }
        await().until(() -> Sockets.boundTo(UDP, server.address("127.7.7.7")).isEmpty());
      }
    }
  }

  @EachTransport
  void shouldLimitRepliesPerSecondAndSourceAddress(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "udp-rate", "10", "host", "127.0.0.1");
        TestDatagrams greedy = TestDatagrams.to(server.address())) {
      greedy.patience(300);
      for (int i = 0; i < 100; i++) {
        greedy.send(bytes(4));
      }
      server.awaitTotals(UDP, t -> t.get(Counter.MESSAGES_IN) + t.get(Counter.DROPPED_RATE) == 100);
      // The hundred may have met one change of window, and so two shares.
      assertThat(server.count(UDP, Counter.MESSAGES_OUT)).isBetween(10L, 20L);
      try (TestDatagrams modest = TestDatagrams.from("127.0.0.9", server.address())) {
        modest.send(bytes(4));
        assertThat(modest.receive()).hasSize(4);
      }
    }
  }

  @EachTransport
  void shouldEndAnIdleFlowAndKeepItsCounts(Transport transport) throws Exception {
    try (TestServer server = TestServer.start(transport, "idle-timeout", "150ms");
        TestDatagrams client = TestDatagrams.to(server.address())) {
      client.send(bytes(11));
      assertThat(client.receive()).hasSize(11);
      await().until(() -> server.snapshot().protocol(UDP).endedFlows() == 1);
      assertThat(server.snapshot().live()).isEmpty();
      assertThat(server.snapshot().protocol(UDP).ended().get(Counter.BYTES_OUT)).isEqualTo(11);
    }
  }

  /** Transports that learn the dialled IPv4 address, and open a socket for any of them. */
  static List<Transport> learning() {
    return Transport.available().stream().filter(Transport::learnsDialledAddress).toList();
  }

  /** Transports that serve the addresses of interfaces alone. */
  static List<Transport> notLearning() {
    return Transport.available().stream().filter(t -> !t.learnsDialledAddress()).toList();
  }

  /** A loopback address that no interface carries; one that it does has a socket from the start. */
  private static String ofNoInterface() throws IOException {
    Set<InetAddress> carried = LocalAddresses.read().unicast();
    for (int last = 2; last < 255; last++) {
      String address = "127.0.0." + last;
      if (!carried.contains(InetAddress.getByName(address))) {
        return address;
      }
    }
    return Assumptions.abort("interfaces carry every address from 127.0.0.2 to 127.0.0.254");
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static boolean hasIpv6() {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("::1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static void assumeIpv6() {
    Assumptions.assumeTrue(hasIpv6(), "this machine has no ::1");
  }
}
