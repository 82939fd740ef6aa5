package io.dualport.client.send;

import io.dualport.client.message.Suspicions;
import io.dualport.client.target.NoRouteException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.report.Words;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/**
 * What an error of a socket says about one protocol.
 *
 * @param remote the target, resolved
 */
record SocketErrors(Protocol protocol, InetSocketAddress remote) {
  private static final String ROUTE_OR_FIREWALL =
      Finding.LOOK_FOR + "a firewall that rejects; check the address, the route (ip route get %s)";

  /** This machine has no way to send there. */
  Finding noRoute(IOException cause) {
    if (!(cause instanceof NoRouteException none)) {
      return verdict(cause, "looking up the route to " + Endpoint.text(remote.getAddress()), 0);
    }
    Verdict outcome =
        switch (none.errno()) {
          case EHOSTUNREACH, ENETUNREACH, ENETDOWN -> Verdict.UNREACHABLE;
          default -> Verdict.NOT_SENT;
        };
    return new Finding(outcome, none.errno(), none.getMessage(), none.advice());
  }

  /**
   * A socket failed.
   *
   * @param when a clause about what was being done
   * @param echoed how many messages had come back by then
   */
  Finding verdict(Throwable cause, String when, int echoed) {
    Errno errno = Errno.of(cause);
    if (Errno.isUnnamed(cause)) {
      return Verdict.UNREACHABLE.because(
          Errno.UNKNOWN,
          when + " the host or its network was reported as unreachable, or it is prohibited",
          Words.format(ROUTE_OR_FIREWALL, Endpoint.text(remote.getAddress())));
    }
    return switch (errno) {
      case ECONNREFUSED -> refused(errno, when, echoed);
      case ECONNRESET, EPIPE, ECONNABORTED ->
          Verdict.RESET.because(
              errno,
              when + " the connection was reset",
              "read the server's log; a load balancer or firewall in between can cut it, too");
      case EHOSTUNREACH, ENETUNREACH, ENETDOWN ->
          Verdict.UNREACHABLE.because(
              errno, when, Words.format(ROUTE_OR_FIREWALL, Endpoint.text(remote.getAddress())));
      case ETIMEDOUT ->
          Verdict.SILENT.because(
              errno, when, "look for a firewall that drops; check that the host is up");
      case EACCES, EPERM ->
          Verdict.NOT_SENT.because(
              errno,
              when + " this machine refused to send",
              "check the local firewall's output rules; broadcast addresses are not supported");
      case EMSGSIZE ->
          Verdict.NOT_SENT.because(
              errno, when + " a message was too large to send", "a smaller --size");
      case UNKNOWN -> Verdict.FAILED.because(errno, when + ": " + cause, "another --transport");
      default -> Verdict.NOT_SENT.because(errno, when, "read about " + errno + " in errno(3)");
    };
  }

  private Finding refused(Errno errno, String when, int echoed) {
    String icmp =
        remote.getAddress() instanceof Inet6Address
            ? "an ICMPv6 port unreachable"
            : "an ICMP port unreachable";
    String evidence =
        protocol == Protocol.TCP ? "the SYN was answered with RST" : when + " " + icmp + " came";
    return echoed > 0
        ? Verdict.REFUSED.because(errno, evidence, Finding.LOOK_FOR + Suspicions.STOPPED)
        : Verdict.REFUSED.because(
            errno,
            evidence + ", nobody listens on " + protocol + " " + Endpoint.text(remote),
            "start the server, or check its address and port; a firewall can refuse like this too");
  }
}
