package io.dualport.kernel;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;

/**
 * The zone of an IPv6 address that is valid on one link alone, as in {@code fe80::1%eth0} (RFC
 * 4007): without it the kernel answers EINVAL, and a zone it does not have is an unknown host to
 * the resolver. Neither says what to type.
 */
public final class Zones {
  private Zones() {}

  /** Whether this address is on every link alike, and no zone says which is meant. */
  public static boolean isMissing(InetAddress address) {
    return address instanceof Inet6Address six
        && six.isLinkLocalAddress()
        && six.getScopeId() == 0
        && six.getScopedInterface() == null;
  }

  /**
   * The zone of an address as it was typed, if no interface here has that name or index.
   *
   * @param host a name or an address, IPv6 without brackets
   */
  public static Optional<String> unknown(String host) {
    int percent = host.indexOf('%');
    if (percent < 0 || host.indexOf(':') < 0) {
      return Optional.empty();
    }
    String zone = host.substring(percent + 1);
    try {
      return isInterface(zone) ? Optional.empty() : Optional.of(zone);
    } catch (SocketException unreadable) {
      return Optional.empty(); // the kernel will say what it thinks of it
    }
  }

  private static boolean isInterface(String zone) throws SocketException {
    try {
      return NetworkInterface.getByIndex(Integer.parseInt(zone)) != null;
    } catch (IllegalArgumentException noIndex) {
      return !zone.isEmpty() && NetworkInterface.getByName(zone) != null;
    }
  }

  /** The interfaces that can stand as a zone: those that are up and have a link-local address. */
  public static List<String> usable() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(Zones::hasLinkLocalAddress)
          .map(NetworkInterface::getName)
          .toList();
    } catch (SocketException unreadable) {
      return List.of();
    }
  }

  private static boolean hasLinkLocalAddress(NetworkInterface card) {
    try {
      return card.isUp()
          && card.inetAddresses()
              .anyMatch(a -> a instanceof Inet6Address && a.isLinkLocalAddress());
    } catch (SocketException goneMeanwhile) {
      return false;
    }
  }
}
