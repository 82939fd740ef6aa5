package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetCountersTest {
  private static final String SNMP =
      """
      Ip: Forwarding DefaultTTL
      Ip: 1 64
      Icmp: InMsgs InDestUnreachs OutDestUnreachs
      Icmp: 9 6 2
      Tcp: RtoMin MaxConn PassiveOpens CurrEstab
      Tcp: 200 -1 2 5
      Udp: InDatagrams NoPorts
      Udp: 60 18446744073709551615
      UdpLite: InDatagrams NoPorts
      UdpLite: 9 9
      """;

  @TempDir Path folder;

  @Test
  void shouldReadTheSectionsByTheirNames() {
    ProcNetFixture.in(folder)
        .file("snmp", SNMP)
        .file(
            "snmp6",
            "Ip6InReceives  \t3\n"
                + "Icmp6InDestUnreachs\t4\n"
                + "Icmp6InMsgs\t9\n"
                + "Udp6InDatagrams                 \t11\n"
                + "UdpLite6NoPorts\t8\n")
        .file(
            "netstat",
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
                + "TcpExt: 1 20 21\n"
                + "IpExt: A\n"
                + "IpExt: 1\n");

    assertThat(NetCounters.read(folder).orElseThrow().values())
        .containsOnly(
            Map.entry("Tcp.RtoMin", 200L),
            Map.entry("Tcp.MaxConn", -1L),
            Map.entry("Tcp.PassiveOpens", 2L),
            Map.entry("Tcp.CurrEstab", 5L),
            Map.entry("Udp.InDatagrams", 60L),
            Map.entry("Udp.NoPorts", -1L),
            Map.entry("Udp6.InDatagrams", 11L),
            Map.entry("Icmp6.InDestUnreachs", 4L),
            Map.entry("Icmp.InDestUnreachs", 6L),
            Map.entry("Icmp.OutDestUnreachs", 2L),
            Map.entry("TcpExt.ListenOverflows", 20L),
            Map.entry("TcpExt.ListenDrops", 21L));
  }

  @Test
  void shouldBeEmptyWhereTheSystemHasNoCounters() {
    assertThat(NetCounters.read(folder)).isEmpty();
    ProcNetFixture.in(folder).file("snmp", "nothing of use\n");
    assertThat(NetCounters.read(folder)).isEmpty();
  }

  @Test
  void shouldLeaveOutDamagedEntries() {
    ProcNetFixture.in(folder)
        .file("snmp", "Tcp: A B\nTcp: 1\nUdp: InDatagrams NoPorts\nUdp: x 7\nUdp: last\n")
        .file("snmp6", "Udp6InDatagrams\nUdp6NoPorts many\n");

    assertThat(NetCounters.read(folder).orElseThrow().values())
        .containsOnly(Map.entry("Udp.NoPorts", 7L));
  }

  @Test
  void shouldTellWhatWasCountedBetweenTwoReadings() {
    NetCounters earlier =
        new NetCounters(Map.of("Udp.NoPorts", -1L, "Tcp.CurrEstab", 4L, "Tcp.Gone", 1L));
    NetCounters later =
        new NetCounters(Map.of("Udp.NoPorts", 2L, "Tcp.CurrEstab", 9L, "Tcp.New", 1L));

    assertThat(later.since(earlier).values()).containsOnly(Map.entry("Udp.NoPorts", 3L));
  }

  @Test
  void shouldAnswerForOneCounter() {
    NetCounters counters = new NetCounters(Map.of("Udp.NoPorts", 2L));

    assertThat(counters.value("Udp.NoPorts")).hasValue(2);
    assertThat(counters.value("Udp.Unheard")).isEmpty();
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> counters.values().clear());
  }
}
