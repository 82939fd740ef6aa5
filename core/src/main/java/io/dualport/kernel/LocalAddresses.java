package io.dualport.kernel;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The addresses of this machine's interfaces that are up, at the moment of reading. Immutable; read
 * again to see a change.
 */
public final class LocalAddresses {
  /** RFC 919: every host of the network we are on. */
  private static final int LIMITED_BROADCAST = 0xffff_ffff;

  /** RFC 3021: a /31 has two hosts and no broadcast, a /32 one host. */
  private static final int LONGEST_PREFIX_WITH_BROADCAST = 30;

  private final Set<InetAddress> unicast;
  private final Set<InetAddress> broadcasts;

  private LocalAddresses(Set<InetAddress> unicast, Set<InetAddress> broadcasts) {
    this.unicast = Collections.unmodifiableSet(unicast);
    this.broadcasts = Collections.unmodifiableSet(broadcasts);
  }

  /**
   * Reads them now. An interface that goes away meanwhile is left out.
   *
   * @throws SocketException if the interfaces cannot be listed
   */
  public static LocalAddresses read() throws SocketException {
    Set<InetAddress> unicast = new LinkedHashSet<>();
    Set<InetAddress> broadcasts = new LinkedHashSet<>();
    broadcasts.add(inet4(LIMITED_BROADCAST));
    for (NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
      for (InterfaceAddress address : addressesIfUp(card)) {
        unicast.add(address.getAddress());
        Optional.ofNullable(address.getBroadcast()).ifPresent(broadcasts::add);
        broadcast(address.getAddress(), address.getNetworkPrefixLength())
            .ifPresent(broadcasts::add);
      }
    }
    return new LocalAddresses(unicast, broadcasts);
  }

  /**
   * Every address an interface carries, link-local ones with their scope. Loopback is here as
   * 127.0.0.1 alone, although Linux answers to all of 127.0.0.0/8.
   */
  public Set<InetAddress> unicast() {
    return unicast;
  }

  /**
   * Whether this is 255.255.255.255 or the broadcast address of a network we are in; never true for
   * IPv6, which has none.
   */
  public boolean isBroadcast(InetAddress address) {
    return broadcasts.contains(address);
  }

  /**
   * The last address of an interface's network. The kernel takes it for a broadcast on every
   * interface, loopback included, whether the interface names it or not (fib_add_ifaddr in
   * net/ipv4/fib_frontend.c).
   *
   * @param prefixLength bits, 0 to 32
   * @return empty for IPv6 and for a network too small to have one
   */
  static Optional<InetAddress> broadcast(InetAddress address, int prefixLength) {
    if (!(address instanceof Inet4Address)
        || prefixLength < 1
        || prefixLength > LONGEST_PREFIX_WITH_BROADCAST) {
      return Optional.empty();
    }
    int hostBits = -1 >>> prefixLength;
    return Optional.of(inet4(ByteBuffer.wrap(address.getAddress()).getInt() | hostBits));
  }

  private static List<InterfaceAddress> addressesIfUp(NetworkInterface card) {
    try {
      return card.isUp() ? card.getInterfaceAddresses() : List.of();
    } catch (SocketException goneMeanwhile) {
      return List.of();
    }
  }

  private static InetAddress inet4(int bits) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(bits).array());
    } catch (UnknownHostException wrongLength) {
      throw new AssertionError(wrongLength);
    }
  }
}
