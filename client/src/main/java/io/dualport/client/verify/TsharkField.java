package io.dualport.client.verify;

import java.util.ArrayList;
import java.util.List;

/** What tshark is asked for of every packet, of nested headers each. */
enum TsharkField {
  TIME("frame.time_epoch"),
  PROTOCOLS("frame.protocols"),
  INTERFACE("frame.interface_id"),
  COOKED_TYPE("sll.pkttype"),
  COOKED_INTERFACE("sll.ifindex"),
  WIRE_BYTES("frame.len"),
  KEPT_BYTES("frame.cap_len"),
  IPV4_SOURCE("ip.src"),
  IPV4_DESTINATION("ip.dst"),
  IPV4_ID("ip.id"),
  IPV4_TTL("ip.ttl"),
  IPV4_MORE("ip.flags.mf"),
  IPV4_OFFSET("ip.frag_offset"),
  IPV4_FRAGMENTS("ip.fragment.count"),
  IPV6_SOURCE("ipv6.src"),
  IPV6_DESTINATION("ipv6.dst"),
  IPV6_HOPS("ipv6.hlim"),
  IPV6_OFFSET("ipv6.fraghdr.offset"),
  IPV6_FRAGMENTS("ipv6.fragment.count"),
  ICMPV4("icmp.type"),
  ICMPV6("icmpv6.type"),
  TCP_STREAM("tcp.stream"),
  TCP_SOURCE("tcp.srcport"),
  TCP_DESTINATION("tcp.dstport"),
  TCP_FLAGS("tcp.flags"),
  TCP_SEQUENCE("tcp.seq_raw"),
  TCP_ACK("tcp.ack_raw"),
  TCP_TIMESTAMP("tcp.options.timestamp.tsval"),
  TCP_LENGTH("tcp.len"),
  TCP_RETRANSMISSION("tcp.analysis.retransmission"),
  TCP_FAST_RETRANSMISSION("tcp.analysis.fast_retransmission"),
  TCP_SPURIOUS_RETRANSMISSION("tcp.analysis.spurious_retransmission"),
  UDP_SOURCE("udp.srcport"),
  UDP_DESTINATION("udp.dstport"),
  UDP_LENGTH("udp.length"),
  TCP_PAYLOAD("tcp.payload"),
  UDP_PAYLOAD("udp.payload");

  /** Those that a packet can have several of. */
  static final List<TsharkField> NESTED =
      List.of(values()).subList(IPV4_SOURCE.ordinal(), values().length);

  private final String tshark;

  TsharkField(String tshark) {
    this.tshark = tshark;
  }

  /** The protocol it is of. */
  String protocol() {
    return tshark.substring(0, tshark.indexOf('.'));
  }

  /** The options that make tshark print them, in this order, with tabs between. */
  static List<String> options() {
    List<String> options =
        new ArrayList<>(List.of("-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"));
    for (TsharkField field : values()) {
      options.add("-e");
      options.add(field.tshark);
    }
    return options;
  }
}
