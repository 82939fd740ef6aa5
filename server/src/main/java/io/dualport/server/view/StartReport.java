package io.dualport.server.view;

import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.server.echo.PortSockets;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.settings.ServerSettings;
import java.net.InetAddress;
import java.util.List;

/**
 * What there is to say when the port is bound.
 *
 * @param sockets the kernel's rows for the port, ours only; empty where the kernel shows none
 * @param self this process
 * @param admin where the dashboard is; null without an admin side
 * @param adminReach who can reach it, and how that can be changed
 */
public record StartReport(
    ServerFacts facts, List<SocketRow> sockets, SocketOwner self, String admin, String adminReach) {

  /** Reads the kernel's table for a server that has just started. */
  public static StartReport of(ServerFacts facts, ServerSettings settings, String admin) {
    return new StartReport(
        facts, PortSockets.on(facts.port()), PortSockets.SELF, admin, adminReach(settings));
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
