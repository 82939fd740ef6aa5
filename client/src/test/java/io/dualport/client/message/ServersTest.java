package io.dualport.client.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServersTest {
  @Test
  void shouldProveOneServerByTheStampsOfBothProtocols() {
    Servers servers = servers(List.of(7L, 7L), List.of(7L));

    assertThat(servers.areOne()).isTrue();
    assertThat(servers.areSeveral()).isFalse();
    assertThat(servers.text(true, "")).isEmpty();
  }

  @Test
  void shouldTellThatTheProtocolsReachDifferentServers() {
    Servers servers = servers(List.of(1L), List.of(0xfL));

    assertThat(servers.areOne()).isFalse();
    assertThat(servers.areSeveral()).isTrue();
    assertThat(servers.text(false, ""))
        .isEqualTo(servers.text(true, ""))
        .isEqualTo(
            "TCP and UDP reach different servers: TCP instance 0000000000000001, UDP instance"
                + " 000000000000000f.");
    assertThat(servers(List.of(1L), List.of(2L, 3L)).text(false, ""))
        .startsWith("TCP and UDP reach different servers: ");
  }

  @Test
  void shouldTellThatSeveralServersShareTheWork() {
    Servers servers = servers(List.of(4L, 2L, 1L, 3L, 4L), List.of(1L));

    assertThat(servers.areOne()).isFalse();
    assertThat(servers.text(false, ""))
        .isEqualTo(
            "Several servers answer: TCP 4 instances (0000000000000001, 0000000000000002,"
                + " 0000000000000003 and 1 more), UDP instance 0000000000000001.");
    assertThat(Servers.of(Map.of(Protocol.UDP, List.of(1L, 2L))).text(false, ""))
        .isEqualTo(
            "Several servers answer: UDP 2 instances (0000000000000001 and 0000000000000002).");
  }

  @Test
  void shouldClaimNothingWithoutStampsAndSaySoWhereProofIsAsked() {
    Servers half = servers(List.of(1L), List.of());

    assertThat(half.areOne()).isFalse();
    assertThat(half.areSeveral()).isFalse();
    assertThat(half.text(false, "")).isEmpty();
    assertThat(half.text(true, ""))
        .isEqualTo("That TCP and UDP reach the same server is not proven: no stamp came over UDP.");
    assertThat(Servers.of(Map.of()).text(true, "")).endsWith("no stamp came over TCP and UDP.");
  }

  @Test
  void shouldSayWhyNoStampCame() {
    assertThat(Servers.whyNoStamp(true, 96)).isEmpty();
    assertThat(Servers.of(Map.of()).text(true, Servers.whyNoStamp(false, 128)))
        .endsWith("no stamp came over TCP and UDP, since --stamp off asks for none.");
    assertThat(Servers.of(Map.of()).text(true, Servers.whyNoStamp(true, 20)))
        .endsWith("over TCP and UDP, since 20 bytes have no room for one (--size 96 has).");
    assertThat(Servers.of(Map.of()).text(false, Servers.whyNoStamp(true, 20))).isEmpty();
  }

  private static Servers servers(List<Long> tcp, List<Long> udp) {
    return Servers.of(Map.of(Protocol.TCP, tcp, Protocol.UDP, udp));
  }
}
