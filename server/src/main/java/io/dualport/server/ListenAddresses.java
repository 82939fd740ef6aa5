package io.dualport.server;

import io.dualport.flow.Endpoint;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code --host} means: addresses to bind, and who can reach them. */
final class ListenAddresses {
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
      try {
        addresses.add(InetAddress.getByName(host.equals(ANY) ? wildcard() : host));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException("does not resolve: " + host, e);
      }
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
  static String reach(List<InetAddress> addresses) {
    if (addresses.stream().allMatch(InetAddress::isLoopbackAddress)) {
      return "this machine only; to open it: --host any, or --host ADDRESS";
    }
    InetAddress first = addresses.get(0);
    if (first.isAnyLocalAddress()) {
      String versions = first instanceof Inet6Address ? "IPv4 and IPv6" : "IPv4";
      return "everybody who can route here, on every address ("
          + versions
          + "); to close it: --host 127.0.0.1";
    }
    return "everybody who can route to "
        + addresses.stream().map(Endpoint::text).collect(Collectors.joining(", "))
        + "; to close it: --host 127.0.0.1";
  }
}
