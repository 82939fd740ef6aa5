package io.dualport.client.target;

import io.dualport.kernel.Errno;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** What the kernel's routing has to say about an address, before anything is sent there. */
public final class Route {
  private Route() {}

  /**
   * The source address that the kernel's routing picks, which it tells a connected UDP socket.
   *
   * @throws NoRouteException if this machine cannot send there
   * @throws IOException if there is no port or descriptor to ask with; nothing was sent
   */
  public static InetAddress sourceFor(InetSocketAddress remote) throws IOException {
    StandardProtocolFamily family =
        remote.getAddress() instanceof Inet4Address
            ? StandardProtocolFamily.INET
            : StandardProtocolFamily.INET6;
    try (DatagramChannel probe = DatagramChannel.open(family)) {
      connect(probe, remote);
      return ((InetSocketAddress) probe.getLocalAddress()).getAddress();
    } catch (UnsupportedOperationException e) {
      throw NoRouteException.withoutIpv6(remote, e);
    }
  }

  private static void connect(DatagramChannel probe, InetSocketAddress remote) throws IOException {
    try {
      probe.connect(remote);
    } catch (IOException e) {
      Errno errno = Errno.of(e);
      throw errno == Errno.EADDRINUSE || errno == Errno.EAGAIN ? e : NoRouteException.of(remote, e);
    }
  }

  /**
   * As {@link #sourceFor}; where no port is left to ask the kernel with, the wildcard, for which
   * the kernel chooses the address at connect.
   */
  public static InetAddress sourceOrAny(InetSocketAddress remote) throws IOException {
    try {
      return sourceFor(remote);
    } catch (IOException e) {
      Errno errno = Errno.of(e);
      if (e instanceof NoRouteException || errno != Errno.EADDRINUSE && errno != Errno.EAGAIN) {
        throw e;
      }
      return InetAddress.getByAddress(new byte[remote.getAddress().getAddress().length]);
    }
  }
}
