package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.flow.Protocol;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketTableTest {
  private static final String GOOD = ProcNetFixture.tcp("0100007F:22B8", "00000000:0000", "0A", 41);

  @TempDir Path folder;

  @BeforeEach
  void fixturesAreLittleEndian() {
    assumeTrue(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN,
        "the fixtures are lines of a little-endian kernel");
  }

  @Test
  void shouldReadEveryColumnOfATcpLine() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "tcp",
                "   3: 0100007F:22B8 0200000A:9C40 01 0000000A:000000FF 01:00000014 00000000"
                    + "  1000        0 4711 3 00000000e8940f95 20 4 30 10 -1                     ")
            .read();

    assertThat(table.rows())
        .containsExactly(
            new SocketRow(
                Protocol.TCP,
                false,
                new InetSocketAddress("127.0.0.1", 8888),
                new InetSocketAddress("10.0.0.2", 40000),
                SocketState.ESTABLISHED,
                10,
                255,
                1000,
                4711,
                0));
    assertThat(table.unreadableLines()).isZero();
  }

  @Test
  void shouldReadDropsOfAUdpLine() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "udp",
                " 7290: 00000000:22B8 00000000:0000 07 00000000:00001200 00:00000000 00000000"
                    + " 65534        0 12 2 00000000aabbccdd 4294967295")
            .read();

    SocketRow row = table.rows().get(0);
    assertThat(row.state()).isEqualTo(SocketState.UNCONN);
    assertThat(row.receiveQueueBytes()).isEqualTo(0x1200);
    assertThat(row.uid()).isEqualTo(65534);
    assertThat(row.drops()).isEqualTo(4294967295L);
  }

  @Test
  void shouldReadDropsThatAnOlderKernelPrintsSigned() {
    String line = ProcNetFixture.udp("00000000:22B8", "00000000:0000", "07", 12);
    SocketTable table =
        ProcNetFixture.in(folder).table("udp", line.replaceAll(" 0$", " -1")).read();

    assertThat(table.rows().get(0).drops()).isEqualTo(4294967295L);
  }

  @Test
  void shouldReadIpv6AndTurnMappedAddressesIntoIpv4() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "tcp6",
                ProcNetFixture.tcp(
                    "B80D0120000000000000000001000000:22B8",
                    "00000000000000000000000000000000:0000",
                    "0A",
                    1),
                ProcNetFixture.tcp(
                    "0000000000000000FFFF00000100007F:22B8",
                    "0000000000000000FFFF00000200007F:9C40",
                    "01",
                    2))
            .read();

    assertThat(table.rows())
        .extracting(SocketRow::local)
        .containsExactly(
            new InetSocketAddress("2001:db8::1", 8888), new InetSocketAddress("127.0.0.1", 8888));
    assertThat(table.rows()).allMatch(SocketRow::ipv6);
    assertThat(table.rows().get(1).remote()).isEqualTo(new InetSocketAddress("127.0.0.2", 40000));
  }

  @Test
  void shouldSkipAndCountDamagedLines() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table(
                "tcp",
                GOOD,
                "",
                GOOD.substring(0, 60),
                GOOD.replace("0100007F", "0100007G"),
                GOOD.replace("0100007F", "0100007"),
                GOOD.replace("0100007F", ""),
                GOOD.replace("0100007F", "0100007F0100007F"),
                GOOD.replace(":22B8", ":"),
                GOOD.replace(":22B8", ":122B8"),
                GOOD.replace(" 0A ", " 0D "),
                GOOD.replace(" 0A ", " 00 "),
                GOOD.replace("00000000:00000000", "0000000000000000"),
                GOOD.replace(" 41 ", " x41 "))
            .table("udp", ProcNetFixture.udp("00000000:22B8", "00000000:0000", "0A", 1))
            .read();

    assertThat(table.rows()).hasSize(1);
    assertThat(table.unreadableLines()).isEqualTo(13);
  }

  @Test
  void shouldReadAKernelWithoutIpv6() {
    SocketTable table = ProcNetFixture.in(folder).table("tcp", GOOD).read();

    assertThat(table.rows()).hasSize(1);
    assertThat(table.unreadableLines()).isZero();
  }

  @Test
  void shouldRefuseAFolderWithoutTheTables() throws Exception {
    Files.delete(ProcNetFixture.in(folder).folder().resolve("udp"));

    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> SocketTable.read(folder))
        .withMessageContaining("udp");
  }

  @Test
  void shouldListBothProtocolsOnAPort() {
    SocketTable table =
        ProcNetFixture.in(folder)
            .table("tcp", GOOD, GOOD.replace("22B8", "22B9"))
            .table("udp", ProcNetFixture.udp("00000000:22B8", "00000000:0000", "07", 42))
            .read();

    assertThat(table.onLocalPort(8888)).extracting(SocketRow::inode).containsExactly(41L, 42L);
  }

  @Test
  void shouldNameTheStatesAsTheKernelNumbersThem() {
    assertThat(SocketState.of(Protocol.TCP, 7)).contains(SocketState.CLOSE);
    assertThat(SocketState.of(Protocol.UDP, 7)).contains(SocketState.UNCONN);
    assertThat(SocketState.of(Protocol.UDP, 1)).contains(SocketState.ESTABLISHED);
    assertThat(SocketState.of(Protocol.TCP, 12)).contains(SocketState.NEW_SYN_RECV);
    for (SocketState state : SocketState.values()) {
      Protocol protocol = state == SocketState.UNCONN ? Protocol.UDP : Protocol.TCP;
      assertThat(SocketState.of(protocol, state.number())).contains(state);
    }
  }
}
