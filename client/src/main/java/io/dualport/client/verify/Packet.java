package io.dualport.client.verify;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A packet, which is the next one after {@link PacketLines#next}. Where it has several headers of a
 * kind, as in a tunnel, it is first looked at as a whole, then as one of its {@link #layers}.
 */
final class Packet {
  /** Protocols with another one inside; the last that tshark names where that one is cut off. */
  private static final Set<String> HEADERS =
      Set.of(
          "sll",
          "eth",
          "ethertype",
          "vlan",
          "mpls",
          "pppoes",
          "ppp",
          "ip",
          "ipv6",
          "gre",
          "erspan",
          "vxlan",
          "geneve",
          "udp",
          "tcp");

  private final FieldValues values = new FieldValues();
  private List<PacketLayer> layers = List.of();
  private int pieces;
  private long fragments;
  private long hops;

  /**
   * Takes a line.
   *
   * @throws IllegalArgumentException if it has another number of fields
   */
  void set(byte[] bytes, int from, int to) {
    values.set(bytes, from, to);
    if (isIcmp()) {
      choose(PacketLayer.OUTERMOST); // what is behind it is a packet that it quotes
    }
    pieces = countPieces();
    fragments = 0;
    hops = 0;
    sum(TsharkField.IPV4_FRAGMENTS, TsharkField.IPV4_TTL);
    sum(TsharkField.IPV6_FRAGMENTS, TsharkField.IPV6_HOPS);
    layers = List.of();
    if (values.isNested() && !isIcmp()) {
      layers = PacketLayer.of(values.text(TsharkField.PROTOCOLS));
      choose(layers.isEmpty() ? PacketLayer.OUTERMOST : layers.get(layers.size() - 1));
    }
  }

  private int countPieces() {
    int count = values.count(TsharkField.IPV6_OFFSET);
    for (int i = values.count(TsharkField.IPV4_OFFSET) - 1; i >= 0; i--) {
      values.keep(TsharkField.IPV4_MORE, i);
      values.keep(TsharkField.IPV4_OFFSET, i);
      count += number(TsharkField.IPV4_MORE) + number(TsharkField.IPV4_OFFSET) > 0 ? 1 : 0;
    }
    return count;
  }

  private void sum(TsharkField count, TsharkField hop) {
    for (int i = values.count(count) - 1; i >= 0; i--) {
      values.keep(count, i);
      fragments += number(count);
    }
    for (int i = values.count(hop) - 1; i >= 0; i--) {
      values.keep(hop, i);
      hops = 31 * hops + number(hop);
    }
  }

  /** TCP and UDP headers from the outermost, where it is not clear which one is meant; or none. */
  List<PacketLayer> layers() {
    return layers;
  }

  /** From now on, what is asked for is that layer's. */
  void choose(PacketLayer layer) {
    for (TsharkField field : TsharkField.NESTED) {
      values.keep(field, layer.index(field));
    }
  }

  boolean has(TsharkField field) {
    return values.has(field);
  }

  /** See {@link FieldValues#number}. */
  long number(TsharkField field) {
    return values.number(field);
  }

  long timeNanos() {
    return values.timeNanos();
  }

  int payloadLength(TsharkField field) {
    return values.payloadLength(field);
  }

  /** See {@link FieldValues#payload}. */
  byte[] payload(TsharkField field, int most) {
    return values.payload(field, most);
  }

  boolean isIpv6() {
    return !has(TsharkField.IPV4_SOURCE) && has(TsharkField.IPV6_SOURCE);
  }

  /** Neither TCP nor UDP: also what only quotes them. */
  boolean isIcmp() {
    return has(TsharkField.ICMPV4) || has(TsharkField.ICMPV6);
  }

  /** Whether the capture kept its headers alone, or not even those. */
  boolean isCutInHeaders() {
    if (number(TsharkField.KEPT_BYTES) >= number(TsharkField.WIRE_BYTES)) {
      return false;
    }
    String protocols = values.text(TsharkField.PROTOCOLS);
    return HEADERS.contains(protocols.substring(protocols.lastIndexOf(':') + 1));
  }

  /** Of how many IP datagrams this packet is a piece, the last one included. */
  int pieces() {
    return pieces;
  }

  /** Of how many fragments this packet was put together; 0 if it was whole. */
  long fragments() {
    return fragments;
  }

  /** How many packets of the capture it is. */
  long packets() {
    return Math.max(1, fragments);
  }

  /** Where and on which leg of its way the packet was seen: differs for copies of one packet. */
  long vantage() {
    long vantage = hops << 8 ^ number(TsharkField.COOKED_TYPE);
    vantage = vantage << 24 ^ number(TsharkField.COOKED_INTERFACE);
    return vantage << 16 ^ number(TsharkField.INTERFACE);
  }

  /**
   * Of a TCP segment what its copies have, and what is sent again has not: it gets another
   * identification (RFC 6864) and timestamp (RFC 7323). 0 if it has neither.
   */
  long identity() {
    long own = number(TsharkField.IPV4_ID) << 32 ^ number(TsharkField.TCP_TIMESTAMP);
    return own == 0
        ? 0
        : Objects.hash(own, number(TsharkField.TCP_ACK), number(TsharkField.TCP_FLAGS)) ^ own << 16;
  }

  String source(TsharkField port) {
    return FlowKey.end(
        values.text(isIpv6() ? TsharkField.IPV6_SOURCE : TsharkField.IPV4_SOURCE), number(port));
  }

  String destination(TsharkField port) {
    return FlowKey.end(
        values.text(isIpv6() ? TsharkField.IPV6_DESTINATION : TsharkField.IPV4_DESTINATION),
        number(port));
  }
}
