package io.dualport.lab.matrix;

/**
 * What a socket is bound to: two addresses of one interface, and the wildcards of both families.
 */
enum AddressKind {
  LOOPBACK("127.0.0.1", "127.0.0.1", false, false),
  SECOND_LOOPBACK("127.0.0.2", "127.0.0.2", false, false),
  ANY("0.0.0.0", "0.0.0.0", false, false),
  LOOPBACK6("::1", "::1", true, false),
  ANY6("::", "::", true, false),
  ANY6_ONLY(":: v6only", "::", true, true);

  private final String label;
  private final String address;
  private final boolean ipv6;
  private final boolean v6Only;

  AddressKind(String label, String address, boolean ipv6, boolean v6Only) {
    this.label = label;
    this.address = address;
    this.ipv6 = ipv6;
    this.v6Only = v6Only;
  }

  /** As reports show it. */
  String label() {
    return label;
  }

  /** As bind is given it. */
  String address() {
    return address;
  }

  boolean isIpv6() {
    return ipv6;
  }

  /** Whether IPV6_V6ONLY is set before the bind. */
  boolean isV6Only() {
    return v6Only;
  }

  private boolean isAny() {
    return this == ANY || this == ANY6 || this == ANY6_ONLY;
  }

  /**
   * Whether there is an address that both would receive on (inet_rcv_saddr_equal in
   * net/ipv4/inet_connection_sock.c): the same one, or one is a wildcard that covers the other. The
   * IPv6 wildcard covers IPv4 too, unless IPV6_V6ONLY is set (ipv6(7)).
   */
  boolean overlaps(AddressKind other) {
    if (this == other) {
      return true;
    }
    if (ipv6 == other.ipv6) {
      return isAny() || other.isAny();
    }
    return ipv6 ? this == ANY6 : other == ANY6;
  }
}
