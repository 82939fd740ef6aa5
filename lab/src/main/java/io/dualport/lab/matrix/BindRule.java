package io.dualport.lab.matrix;

import io.dualport.flow.Protocol;
import io.dualport.lab.story.Bilingual;

/**
 * The rule model: who may bind beside whom on Linux, when both sockets belong to one user. Small
 * enough to be remembered; the kernel decides whether it is right.
 *
 * <p>Source: socket(7) SO_REUSEADDR and SO_REUSEPORT, ipv6(7) IPV6_V6ONLY; inet_bind_conflict and
 * inet_csk_get_port in net/ipv4/inet_connection_sock.c for TCP, inet_rcv_saddr_equal for addresses,
 * udp_lib_lport_inuse in net/ipv4/udp.c for UDP.
 */
enum BindRule {
  OTHER_PROTOCOL(
      "other-protocol", Bilingual.of("Another protocol is another table: never a conflict.")),
  OTHER_ADDRESS("other-address", Bilingual.of("No address is common to both: no conflict.")),
  UDP_SHARED(
      "udp-shared",
      Bilingual.of("UDP, both set SO_REUSEADDR, or both SO_REUSEPORT as one user: allowed.")),
  UDP_TAKEN("udp-taken", Bilingual.of("UDP without a common option: refused.")),
  TCP_REUSEPORT(
      "tcp-reuseport",
      Bilingual.of("TCP, both set SO_REUSEPORT, one user: both may bind and listen.")),
  TCP_REUSEADDR(
      "tcp-reuseaddr",
      Bilingual.of(
          "TCP, both set SO_REUSEADDR and the holder does not listen: both may bind, and the first"
              + " to listen may; after that nobody else.")),
  TCP_TAKEN(
      "tcp-taken",
      Bilingual.of(
          "TCP without a common option, or SO_REUSEADDR alone beside a listener: refused."));

  private final String label;
  private final Bilingual meaning;

  BindRule(String label, Bilingual meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** As reports show it. */
  String label() {
    return label;
  }

  /** The rule in words. */
  Bilingual meaning() {
    return meaning;
  }

  /** The first rule that fits. */
  static BindRule of(Holder holder, Binder newcomer) {
    Binder held = holder.socket();
    if (held.protocol() != newcomer.protocol()) {
      return OTHER_PROTOCOL;
    }
    if (!held.address().overlaps(newcomer.address())) {
      return OTHER_ADDRESS;
    }
    boolean bothReuseAddress = held.options().reuseAddress() && newcomer.options().reuseAddress();
    boolean bothReusePort = held.options().reusePort() && newcomer.options().reusePort();
    if (newcomer.protocol() == Protocol.UDP) {
      return bothReuseAddress || bothReusePort ? UDP_SHARED : UDP_TAKEN;
    }
    if (bothReusePort) {
      return TCP_REUSEPORT;
    }
    return bothReuseAddress && !holder.listening() ? TCP_REUSEADDR : TCP_TAKEN;
  }

  /** What this rule predicts for a newcomer of a protocol. */
  BindAnswer predicted(Protocol protocol) {
    return switch (this) {
      case UDP_TAKEN, TCP_TAKEN -> BindAnswer.REFUSED;
      default -> protocol == Protocol.TCP ? BindAnswer.ALLOWED : BindAnswer.BOUND;
    };
  }
}
