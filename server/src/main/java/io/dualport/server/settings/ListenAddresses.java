package io.dualport.server.settings;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Ipv6;
import io.dualport.report.Words;
import io.dualport.server.admin.OwnAddress;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code --host} means: addresses to bind, and who can reach them. */
public final class ListenAddresses {
  private static final String ANY = "any";

  private ListenAddresses() {}

  /**
   * Resolves the hosts, each address once; {@code any} is {@code ::} on both IP versions, or {@code
   * 0.0.0.0} where there is no IPv6.
   *
   * @throws IllegalArgumentException if there is none, one does not resolve, or a wildcard, which
   *     includes every address, does not stand alone
   */
  static List<InetAddress> resolve(List<String> hosts) {
    Set<InetAddress> addresses = new LinkedHashSet<>();
    for (String host : hosts) {
      addresses.add(OwnAddress.of(host.equals(ANY) ? wildcard() : host));
    }
    boolean wildcard = addresses.stream().anyMatch(InetAddress::isAnyLocalAddress);
    if (addresses.isEmpty() || addresses.size() > 1 && wildcard) {
      throw new IllegalArgumentException("none, or a wildcard among others: " + hosts);
    }
    return List.copyOf(addresses);
  }

  private static String wildcard() {
    try {
      DatagramChannel.open(StandardProtocolFamily.INET6).close();
      return "::";
    } catch (UnsupportedOperationException | IOException e) {
      return "0.0.0.0";
    }
  }

  /** Who can reach the port, and how to change that, in one line. */
  public static String reach(List<InetAddress> addresses) {
    List<InetAddress> open = open(addresses);
    return who(open)
        + (open.isEmpty()
            ? "; to open it: --host any, or --host ADDRESS"
            : "; to close it: --host 127.0.0.1");
  }

  /** The same where the sockets were there before this program. */
  public static String reachOfInherited(List<InetAddress> addresses) {
    return who(open(addresses)) + "; who bound the sockets decides";
  }

  private static List<InetAddress> open(List<InetAddress> addresses) {
    return addresses.stream().filter(address -> !isOurs(address)).toList();
  }

  private static String who(List<InetAddress> open) {
    if (open.isEmpty()) {
      return "this machine only";
    }
    return open.get(0).isAnyLocalAddress()
        ? "everybody who can route here, on every address (" + versions(open.get(0)) + ")"
        : reachers(open);
  }

  /** A wildcard of both IP versions takes what there is, now and later. */
  private static String versions(InetAddress wildcard) {
    if (wildcard instanceof Inet4Address) {
      return "IPv4";
    }
    if (!Ipv6.isCarried()) {
      return "IPv4; no interface carries an IPv6 address yet";
    }
    // Java lists no IPv6 address then, and datagrams need a socket of the dialled one.
    return Ipv6.isLeftOut()
        ? "IPv4, and IPv6 for TCP alone, since " + Ipv6.PROPERTY + " is true"
        : "IPv4 and IPv6";
  }

  /**
   * Whether only this machine can reach it: the link of the loopback interface has no other end.
   */
  private static boolean isOurs(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress() && link(address).equals(loopback());
  }

  private static String loopback() {
    try {
      NetworkInterface card = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
      return card == null ? "" : card.getName();
    } catch (SocketException e) {
      return "";
    }
  }

  private static String reachers(List<InetAddress> addresses) {
    String routed =
        addresses.stream()
            .filter(address -> !address.isLinkLocalAddress())
            .map(Endpoint::text)
            .collect(Collectors.joining(", "));
    List<String> links =
        addresses.stream()
            .filter(InetAddress::isLinkLocalAddress)
            .map(ListenAddresses::link)
            .distinct()
            .toList();
    String onLinks = "everybody on the link of " + Words.or(links);
    if (routed.isEmpty()) {
      return onLinks + ", nobody beyond it";
    }
    return "everybody who can route to " + routed + (links.isEmpty() ? "" : ", and " + onLinks);
  }

  /** The interface of a link-local address, which no router forwards (RFC 4291 and RFC 3927). */
  private static String link(InetAddress address) {
    try {
      NetworkInterface card =
          address instanceof Inet6Address six && six.getScopeId() > 0
              ? NetworkInterface.getByIndex(six.getScopeId())
              : NetworkInterface.getByInetAddress(address);
      return card == null ? Endpoint.text(address) : card.getName();
    } catch (SocketException e) {
      return Endpoint.text(address);
    }
  }
}
