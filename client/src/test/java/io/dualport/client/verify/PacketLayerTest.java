package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whose addresses and ports a packet with several headers has. */
class PacketLayerTest {
  private static final Map<TsharkField, String> TUNNEL =
      Map.of(
          TsharkField.PROTOCOLS, "eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:data",
          TsharkField.IPV4_SOURCE, "192.0.2.1,198.51.100.1",
          TsharkField.IPV4_DESTINATION, "192.0.2.2,198.51.100.2",
          TsharkField.UDP_SOURCE, "49153,40000",
          TsharkField.UDP_DESTINATION, "4789,8888",
          TsharkField.UDP_LENGTH, "200,136",
          TsharkField.IPV4_OFFSET, "0,185",
          TsharkField.IPV4_MORE, "1,False",
          TsharkField.IPV4_TTL, "64,9");

  @Test
  void shouldTakeAValueOfTheSameHeaderOfEachField() throws Exception {
    Packet packet = read(TUNNEL);
    assertThat(packet.layers()).hasSize(2);
    assertThat(packet.pieces()).isEqualTo(2);

    packet.choose(packet.layers().get(1));
    assertThat(packet.source(TsharkField.UDP_SOURCE)).isEqualTo("198.51.100.1:40000");
    assertThat(packet.destination(TsharkField.UDP_DESTINATION)).isEqualTo("198.51.100.2:8888");
    assertThat(packet.number(TsharkField.UDP_LENGTH)).isEqualTo(136);

    packet.choose(packet.layers().get(0)); // as where the port of the run is a tunnel's
    assertThat(packet.source(TsharkField.UDP_SOURCE)).isEqualTo("192.0.2.1:49153");
    assertThat(packet.number(TsharkField.UDP_LENGTH)).isEqualTo(200);
  }

  @Test
  void shouldTellTheVersionsOfIpApart() {
    assertThat(PacketLayer.of("eth:ethertype:ipv6:ip:udp:geneve:eth:ethertype:ipv6:tcp:data"))
        .containsExactly(new PacketLayer(0, -1, -1, 0), new PacketLayer(-1, 1, 0, -1));
  }

  private static Packet read(Map<TsharkField, String> told) throws Exception {
    String line =
        Stream.of(TsharkField.values())
            .map(field -> told.getOrDefault(field, ""))
            .collect(Collectors.joining("\t", "", "\n"));
    Packet packet = new Packet();
    new PacketLines(new ByteArrayInputStream(line.getBytes(StandardCharsets.US_ASCII)))
        .next(packet);
    return packet;
  }
}
