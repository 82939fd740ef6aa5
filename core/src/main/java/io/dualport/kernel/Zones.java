package io.dualport.kernel;

import io.dualport.flow.Endpoint;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
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

  /**
   * The same endpoint, its zone as the name of its interface rather than as the number that a
   * socket gives. Asks the system, so not for every packet.
   */
  public static InetSocketAddress named(InetSocketAddress endpoint) {
    if (!(endpoint.getAddress() instanceof Inet6Address six)
        || six.getScopeId() == 0
        || six.getScopedInterface() != null) {
      return endpoint;
    }
    try {
      NetworkInterface link = NetworkInterface.getByIndex(six.getScopeId());
      return link == null
          ? endpoint
          : new InetSocketAddress(
              Inet6Address.getByAddress(null, six.getAddress(), link), endpoint.getPort());
    } catch (SocketException | UnknownHostException unreadable) {
      return endpoint; // that interface is gone, or has no such address
    }
  }

  /**
   * Why the zone of an address fits no address here, although there is an interface of that name.
   *
   * @param host as it was typed, IPv6 without brackets
   * @return a clause; empty if the host has no zone
   */
  public static Optional<String> misfit(String host) {
    int percent = host.indexOf('%');
    if (percent < 0 || host.indexOf(':') < 0) {
      return Optional.empty();
    }
    String kind = host.matches("(?i)fe[89ab].*") ? "link-local" : "IPv6";
    return Optional.of(
        "the interface "
            + ControlCharacters.escaped(host.substring(percent + 1))
            + " carries no "
            + kind
            + " address"
            + links());
  }

  /**
   * Why a host that was named as one of this machine's own addresses names no link here, in words
   * that follow its name.
   *
   * @param host as it was typed, IPv6 without brackets
   * @param address what it means; null if nothing
   * @return empty if it has its zone, or needs none
   */
  public static Optional<String> complaint(String host, InetAddress address) {
    Optional<String> unknown = unknown(host);
    if (unknown.isPresent()) {
      return Optional.of(
          "there is no interface " + ControlCharacters.escaped(unknown.get()) + " here" + links());
    }
    if (address == null) {
      return misfit(host);
    }
    if (!isMissing(address)) {
      return Optional.empty();
    }
    String zone = carrier(address).or(() -> usable().stream().findFirst()).orElse("eth0");
    return Optional.of(
        "it is link-local, and which link is meant is not said, as in "
            + Endpoint.text(address)
            + "%"
            + zone
            + links());
  }

  /** The interface that carries an address whose zone is not said. */
  private static Optional<String> carrier(InetAddress address) {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(
              card ->
                  card.inetAddresses()
                      .anyMatch(own -> Arrays.equals(own.getAddress(), address.getAddress())))
          .map(NetworkInterface::getName)
          .findFirst();
    } catch (SocketException unreadable) {
      return Optional.empty();
    }
  }

  /** {@code ; the links here are eth0 and wlan0}: the end of a sentence that asks for one. */
  public static String links() {
    List<String> usable = usable();
    return usable.isEmpty()
        ? "; no interface that is up has a link-local address"
        : "; "
            + Words.form(usable.size(), "the link here is ", "the links here are ")
            + Words.and(usable);
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
