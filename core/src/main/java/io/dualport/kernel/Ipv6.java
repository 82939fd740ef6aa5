package io.dualport.kernel;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether this program has IPv6, and if not, whose doing that is: no interface carries an address
 * of it, or Java was told to leave it out.
 */
public final class Ipv6 {
  /** What Java is told with; it reads it once (java.base, net properties). */
  public static final String PROPERTY = "java.net.preferIPv4Stack";

  /** Lists every IPv6 address (proc(5)); Java lists none where it leaves IPv6 out. */
  private static final Path ADDRESSES = Path.of("/proc/net/if_inet6");

  private Ipv6() {}

  /** Whether any interface carries an IPv6 address; where that cannot be listed, yes. */
  public static boolean isCarried() {
    try {
      return !Files.readString(ADDRESSES).isBlank();
    } catch (IOException notLinuxOrNoIpv6) {
      return isListed();
    }
  }

  private static boolean isListed() {
    try {
      return LocalAddresses.read().unicast().stream().anyMatch(Inet6Address.class::isInstance);
    } catch (SocketException e) {
      return true;
    }
  }

  /** Whether Java was told to leave IPv6 out. */
  public static boolean isLeftOut() {
    return Boolean.getBoolean(PROPERTY);
  }

  /** Why there is none, a clause that says of IPv6 "it"; empty if nothing speaks against it. */
  public static Optional<String> absence() {
    if (!isCarried()) {
      return Optional.of(
          "no interface carries an address of it, see sysctl net.ipv6.conf.all.disable_ipv6");
    }
    return isLeftOut()
        ? Optional.of(PROPERTY + " is true, so Java leaves it out")
        : Optional.empty();
  }
}
