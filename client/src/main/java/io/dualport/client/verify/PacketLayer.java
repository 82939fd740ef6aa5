package io.dualport.client.verify;

import java.util.ArrayList;
import java.util.List;

/**
 * One TCP or UDP header of a packet, and the IP header before it: which of the packet's headers of
 * their kind, from 0; below 0 where it is of another kind. A tunnel's packet has several.
 */
record PacketLayer(int ipv4, int ipv6, int tcp, int udp) {

  /** The first of everything. */
  static final PacketLayer OUTERMOST = new PacketLayer(0, 0, 0, 0);

  /** Which of a field's values is its own; below 0: none. */
  int index(TsharkField field) {
    return switch (field.protocol()) {
      case "ip" -> ipv4;
      case "ipv6" -> ipv6;
      case "tcp" -> tcp;
      case "udp" -> udp;
      default -> 0;
    };
  }

  /**
   * @param protocols as in {@code eth:ethertype:ip:udp:vxlan:eth:ethertype:ipv6:tcp:data}
   */
  static List<PacketLayer> of(String protocols) {
    List<PacketLayer> layers = new ArrayList<>();
    int ipv4 = 0;
    int ipv6 = 0;
    int tcp = 0;
    int udp = 0;
    boolean isIpv6 = false;
    for (String protocol : protocols.split(":")) {
      switch (protocol) {
        case "ip" -> {
          ipv4++;
          isIpv6 = false;
        }
        case "ipv6" -> {
          ipv6++;
          isIpv6 = true;
        }
        case "tcp" -> layers.add(of(isIpv6, ipv4, ipv6, ++tcp, 0));
        case "udp" -> layers.add(of(isIpv6, ipv4, ipv6, 0, ++udp));
        default -> {
          // No address and no port.
        }
      }
    }
    return layers;
  }

  private static PacketLayer of(boolean isIpv6, int ipv4, int ipv6, int tcp, int udp) {
    return new PacketLayer(isIpv6 ? -1 : ipv4 - 1, isIpv6 ? ipv6 - 1 : -1, tcp - 1, udp - 1);
  }
}
