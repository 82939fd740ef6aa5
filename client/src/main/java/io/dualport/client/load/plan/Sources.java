package io.dualport.client.load.plan;

import io.dualport.client.target.KernelLimits;
import io.dualport.client.target.NoRouteException;
import io.dualport.client.target.Route;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Zones;
import io.dualport.report.Words;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** The addresses that a run sends from. */
public final class Sources {
  /** Of the ports that the kernel has, other programs use some. */
  private static final double USABLE = 0.9;

  private static final int MOST_LOOPBACK_ADDRESSES = 254;

  private Sources() {}

  /**
   * Those that were asked for; else the kernel's choice (empty), unless that has too few ports and
   * the target is in 127.0.0.0/8, where any address is ours.
   *
   * @throws LoadFailure if one is not of this machine, or of the target's family; if there is no
   *     route to the target
   */
  public static List<InetAddress> of(LoadSettings settings, InetSocketAddress remote)
      throws LoadFailure {
    if (!settings.sources().isEmpty()) {
      for (InetAddress source : settings.sources()) {
        requireUsable(source, remote);
      }
      return settings.sources();
    }
    InetAddress routed = routedTo(remote);
    if (settings.sourcePort() != 0) {
      return List.of(routed);
    }
    boolean loopback =
        remote.getAddress() instanceof Inet4Address && remote.getAddress().isLoopbackAddress();
    int ports = KernelLimits.portRange().map(KernelLimits.PortRange::ports).orElse(0);
    int usable = Math.max(1, (int) (ports * USABLE));
    if (!loopback || ports == 0 || settings.connections() <= usable) {
      return List.of();
    }
    int addresses = (settings.connections() + usable - 1) / usable;
    return loopback(Math.min(addresses, MOST_LOOPBACK_ADDRESSES));
  }

  private static void requireUsable(InetAddress source, InetSocketAddress remote)
      throws LoadFailure {
    String name = "client.load.sources = " + source.getHostAddress() + ": ";
    if (source.getClass() != remote.getAddress().getClass()) {
      throw new LoadFailure(
          name + "is not of the IP version of " + remote.getAddress().getHostAddress(), null);
    }
    if (Zones.isMissing(source)) {
      throw new LoadFailure(
          name
              + "is link-local, and lacks the interface behind it, as in "
              + source.getHostAddress()
              + "%"
              + Zones.usable().stream().findFirst().orElse("eth0"),
          null);
    }
    try (DatagramSocket probe = new DatagramSocket(0, source)) {
      probe.getLocalPort();
    } catch (IOException e) {
      throw new LoadFailure(
          name + "cannot be sent from: " + Errno.of(e).text() + "; see `ip address`", e);
    }
  }

  private static List<InetAddress> loopback(int count) throws LoadFailure {
    List<InetAddress> addresses = new ArrayList<>();
    try {
      for (int i = 1; i <= count; i++) {
        addresses.add(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) i}));
      }
    } catch (UnknownHostException e) {
      throw new LoadFailure("four bytes are always an address", e);
    }
    return addresses;
  }

  private static InetAddress routedTo(InetSocketAddress remote) throws LoadFailure {
    try {
      return Route.sourceOrAny(remote);
    } catch (NoRouteException e) {
      String said = e.errno() == Errno.UNKNOWN ? "" : e.errno().text() + ": ";
      throw new LoadFailure(Words.sentences(said + e.getMessage(), "Look for: " + e.advice()), e);
    } catch (IOException e) {
      throw new LoadFailure("cannot ask the kernel for a route: " + e.getMessage(), e);
    }
  }
}
