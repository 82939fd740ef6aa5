package io.dualport.client.target;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Ipv6;
import io.dualport.report.Words;
import java.io.IOException;
import java.net.InetSocketAddress;

/** This machine has no way to send to an address; the message is a clause that says why. */
public final class NoRouteException extends IOException {
  private static final long serialVersionUID = 1;

  private final Errno errno;
  private final String advice;

  private NoRouteException(String message, Errno errno, String advice, Throwable cause) {
    super(message, cause);
    this.errno = errno;
    this.advice = advice;
  }

  /** From what the kernel said about a datagram socket that was to be connected. */
  static NoRouteException of(InetSocketAddress remote, IOException cause) {
    String to = address(remote);
    Errno errno = Errno.of(cause);
    // With a source port in hand, it is the source address that there is none of (ip(7), ipv6(7)).
    return errno == Errno.EADDRNOTAVAIL
        ? new NoRouteException(
            "this machine has no address that it could send to " + to + " from",
            errno,
            "this machine's addresses and routes: ip address, ip route get " + to,
            cause)
        : new NoRouteException(
            "no route to " + to,
            errno,
            "the right address; this machine's addresses and routes: ip route get " + to,
            cause);
  }

  /** Java has no sockets for IPv6, and did not ask the kernel. */
  static NoRouteException withoutIpv6(InetSocketAddress remote, Throwable cause) {
    return new NoRouteException(
        Words.format(
            "there is no IPv6 here to reach %s with%s",
            address(remote), Ipv6.absence().map(why -> " (" + why + ")").orElse("")),
        Errno.UNKNOWN,
        "an IPv4 address of the server"
            + (Ipv6.isCarried() && Ipv6.isLeftOut()
                ? "; a start without -D" + Ipv6.PROPERTY + "=true"
                : ""),
        cause);
  }

  private static String address(InetSocketAddress remote) {
    return Endpoint.text(remote.getAddress());
  }

  /** What the kernel said; {@link Errno#UNKNOWN} if it was not asked. */
  public Errno errno() {
    return errno;
  }

  /** What to look for, a clause without a full stop. */
  public String advice() {
    return advice;
  }
}
