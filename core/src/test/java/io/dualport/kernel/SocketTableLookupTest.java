package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who holds a port, and which socket a packet lands on. */
class SocketTableLookupTest {
  private static final String ANY = "00000000:22B8";
  private static final String LOOPBACK = "0100007F:22B8";
  private static final String OTHER = "0200007F:22B8";
  private static final String NOBODY = "00000000:0000";
  private static final String PEER = "0100007F:9C40";
  private static final String ANY6 = "00000000000000000000000000000000:22B8";
  private static final String LOOPBACK6 = "00000000000000000000000001000000:22B8";
  private static final String NOBODY6 = "00000000000000000000000000000000:0000";

  @TempDir Path folder;

  @BeforeEach
  void fixturesAreLittleEndian() {
    assumeTrue(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN,
        "the fixtures are lines of a little-endian kernel");
  }

  @Test
  void shouldFindTheHolderOfTheSameAddressBeforeTheWildcard() {
    SocketTable table =
        tcp(listen(ANY, 1), listen(LOOPBACK, 2), ProcNetFixture.tcp(LOOPBACK, PEER, "01", 3));

    assertThat(holder(table, "127.0.0.1")).contains(2L);
    assertThat(holder(table, "127.0.0.2")).contains(1L);
    assertThat(holder(table, "0.0.0.0")).contains(1L);
  }

  @Test
  void shouldBlameTheListenerBeforeItsConnectionsAndLeftoversLast() {
    String timeWait = ProcNetFixture.tcp(LOOPBACK, PEER, "06", 0);
    String connection = ProcNetFixture.tcp(LOOPBACK, "0100007F:9C41", "01", 3);

    assertThat(holder(tcp(timeWait, connection, listen(ANY, 1)), "127.0.0.1")).contains(1L);
    assertThat(holder(tcp(timeWait, connection), "127.0.0.1")).contains(3L);
    assertThat(holder(tcp(timeWait), "127.0.0.1")).contains(0L);
  }

  @Test
  void shouldNotBlameAnotherAddressPortOrProtocol() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table("tcp", listen(OTHER, 1), listen("0100007F:22B9", 2))
            .table("udp", ProcNetFixture.udp(LOOPBACK, NOBODY, "07", 3))
            .read();

    assertThat(holder(table, "127.0.0.1")).isEmpty();
    assertThat(holder(table, "::1")).isEmpty();
    assertThat(table.holder(Protocol.UDP, new InetSocketAddress("127.0.0.1", 8888)))
        .map(SocketRow::inode)
        .contains(3L);
  }

  @Test
  void shouldTakeTheIpv6WildcardForBothFamilies() {
    SocketTable dualStack = tcp6(ProcNetFixture.tcp(ANY6, NOBODY6, "0A", 6));

    assertThat(holder(dualStack, "127.0.0.1")).contains(6L);
    assertThat(holder(dualStack, "0.0.0.0")).contains(6L);
    assertThat(holder(dualStack, "::1")).contains(6L);
  }

  @Test
  void shouldNotTakeTheIpv4WildcardForIpv6() {
    SocketTable ipv4 = tcp(listen(ANY, 4));

    assertThat(holder(ipv4, "::1")).isEmpty();
    assertThat(holder(ipv4, "::")).contains(4L);
  }

  @Test
  void shouldFindTheHolderOfAWantedWildcardInEitherFamily() {
    SocketTable ipv6 = tcp6(ProcNetFixture.tcp(LOOPBACK6, NOBODY6, "0A", 6));

    assertThat(holder(ipv6, "::")).contains(6L);
    assertThat(holder(ipv6, "0.0.0.0")).contains(6L);
    assertThat(holder(ipv6, "127.0.0.1")).isEmpty();
  }

  @Test
  void shouldFindOnlyTheExactConnectionOfATcpFlow() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table("tcp", listen(LOOPBACK, 1), ProcNetFixture.tcp(LOOPBACK, PEER, "01", 2))
            .table("udp", ProcNetFixture.udp(LOOPBACK, NOBODY, "07", 3))
            .read();

    assertThat(find(table, Protocol.TCP, 40000, "127.0.0.1")).contains(2L);
    assertThat(find(table, Protocol.TCP, 40001, "127.0.0.1")).isEmpty();
    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.1")).contains(3L);
  }

  @Test
  void shouldFindTheUdpSocketInTheOrderOfTheKernel() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "udp",
                ProcNetFixture.udp(ANY, NOBODY, "07", 1),
                ProcNetFixture.udp(LOOPBACK, NOBODY, "07", 2),
                ProcNetFixture.udp(LOOPBACK, PEER, "01", 3))
            .table("udp6", ProcNetFixture.udp(ANY6, NOBODY6, "07", 4))
            .read();

    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.1")).contains(3L);
    assertThat(find(table, Protocol.UDP, 40001, "127.0.0.1")).contains(2L);
    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.2")).contains(1L);
  }

  @Test
  void shouldFindADualStackUdpSocketForIpv4() {
    SocketTable table =
        ProcNetFixture.in(folder).table("udp6", ProcNetFixture.udp(ANY6, NOBODY6, "07", 4)).read();

    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.1")).contains(4L);
  }

  @Test
  void shouldNotGuessBetweenUdpSocketsThatShareAnAddress() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "udp",
                ProcNetFixture.udp(LOOPBACK, NOBODY, "07", 2),
                ProcNetFixture.udp(LOOPBACK, NOBODY, "07", 3),
                ProcNetFixture.udp(ANY, NOBODY, "07", 1))
            .read();

    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.1")).isEmpty();
    assertThat(find(table, Protocol.UDP, 40000, "127.0.0.2")).contains(1L);
  }

  private SocketTable tcp(String... lines) {
    return ProcNetFixture.in(folder).table("tcp", lines).read();
  }

  private SocketTable tcp6(String... lines) {
    return ProcNetFixture.in(folder).table("tcp6", lines).read();
  }

  private static String listen(String local, long inode) {
    return ProcNetFixture.tcp(local, NOBODY, "0A", inode);
  }

  private static Optional<Long> holder(SocketTable table, String address) {
    return table.holder(Protocol.TCP, new InetSocketAddress(address, 8888)).map(SocketRow::inode);
  }

  private static Optional<Long> find(
      SocketTable table, Protocol protocol, int sourcePort, String destination) {
    FiveTuple fiveTuple =
        new FiveTuple(
            protocol,
            new InetSocketAddress("127.0.0.1", sourcePort),
            new InetSocketAddress(destination, 8888));
    return table.find(fiveTuple).map(SocketRow::inode);
  }
}
