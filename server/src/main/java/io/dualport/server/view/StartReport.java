package io.dualport.server.view;

import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.server.echo.DualServer;
import io.dualport.server.echo.InheritedSockets;
import io.dualport.server.echo.PortSockets;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.Transport;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * What there is to say when the port is bound.
 *
 * @param instance names this start among all others, as stamps and metrics do
 * @param sockets the kernel's rows for the port, ours only; empty where the kernel shows none
 * @param self this process
 * @param transport its name and why it was chosen
 * @param inherited the sockets it was started with, where it did not bind the port itself
 * @param shards datagram sockets for each address
 * @param maxPendingBytes held for peers that do not read, and what that is
 * @param segmentation whether replies may leave as segmented datagrams, in words
 * @param reach who can reach the port
 * @param displayFilter for Wireshark
 * @param admin where the dashboard is; null without an admin side
 * @param guardGap what the guard cannot refuse here, "" if nothing
 * @param adminReach who can reach it, and how that can be changed
 */
public record StartReport(
    int port,
    String instance,
    List<SocketRow> sockets,
    SocketOwner self,
    String transport,
    int eventLoops,
    Optional<InheritedSockets> inherited,
    int shards,
    long maxPendingBytes,
    String segmentation,
    String reach,
    boolean guard,
    String guardGap,
    String displayFilter,
    String admin,
    String adminReach) {

  /** Reads the kernel's table for a server that has just started. */
  public static StartReport of(DualServer server, ServerSettings settings, String admin) {
    int port = server.port();
    String why =
        settings.transport() == ServerSettings.TransportChoice.AUTO
            ? server.transport().automaticReason()
            : "as asked";
    return new StartReport(
        port,
        server.instance(),
        PortSockets.on(port),
        PortSockets.SELF,
        server.transport().label() + " (" + why + ")",
        server.threads(),
        server.inherited(),
        server.shardCount(),
        server.maxPendingBytes(),
        server.segmentation().label(),
        server.reach(),
        settings.guard(),
        guardGap(server.transport(), settings.addresses()),
        displayFilter(port),
        admin,
        adminReach(settings));
  }

  /** Shows the port's traffic on both protocols in Wireshark. */
  public static String displayFilter(int port) {
    return "tcp.port == " + port + " || udp.port == " + port;
  }

  private static String guardGap(Transport transport, List<InetAddress> addresses) {
    boolean fromWires =
        addresses.stream().anyMatch(a -> a instanceof Inet6Address && !a.isLoopbackAddress());
    return fromWires && !transport.sharesPort()
        ? ", but "
            + transport.label()
            + " cannot tell a source that is this host's own IPv6 address and came over a wire"
        : "";
  }

  private static String adminReach(ServerSettings settings) {
    if (settings.admin().address().isOpenToOthers()) {
      InetAddress address = settings.admin().address().address().orElseThrow().getAddress();
      return "OPEN to everybody "
          + (address.isLinkLocalAddress() ? "who is on its link" : "who can route here")
          + (address.isAnyLocalAddress() ? ", at every address of this machine," : "")
          + " and has the token, which travels in the clear";
    }
    return settings.admin().asksForToken()
        ? "this machine only, with the token"
        : "this machine only; --admin off for none";
  }
}
