package io.dualport.server.view;

import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.server.echo.PortSockets;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.settings.ServerSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What there is to say when the port is bound.
 *
 * @param sockets the kernel's rows for the port, ours only; empty where the kernel shows none
 * @param self this process
 * @param admin where the dashboard is; null without an admin side
 * @param isShutIn whether only processes of this container reach the admin side
 * @param adminReach who can reach it, and how that can be changed
 */
public record StartReport(
    ServerFacts facts,
    List<SocketRow> sockets,
    SocketOwner self,
    String admin,
    boolean isShutIn,
    String adminReach) {

  /** Reads the kernel's table for a server that has just started. */
  public static StartReport of(ServerFacts facts, ServerSettings settings, String admin) {
    boolean isShutIn = isInContainer() && !settings.admin().address().isOpenToOthers();
    return new StartReport(
        facts,
        PortSockets.on(facts.port()),
        PortSockets.SELF,
        admin,
        isShutIn,
        adminReach(settings, isShutIn));
  }

  /** Where a person finds the dashboard; empty where none does. */
  Optional<String> dashboard() {
    return isShutIn ? Optional.empty() : Optional.ofNullable(admin);
  }

  /**
   * Docker and Podman leave a file (moby, daemon/initlayer/setup_unix.go; podman-run(1)), kubelet a
   * variable in the environment.
   */
  private static boolean isInContainer() {
    return System.getenv("KUBERNETES_SERVICE_HOST") != null
        || Stream.of("/.dockerenv", "/run/.containerenv").map(Path::of).anyMatch(Files::exists);
  }

  private static String adminReach(ServerSettings settings, boolean isShutIn) {
    if (isShutIn) {
      return "from inside this container alone; to open it: --admin=0.0.0.0:"
          + settings.admin().address().address().map(InetSocketAddress::getPort).orElse(0)
          + ", DUAL_SERVER_ADMIN_TOKEN, and the port published";
    }
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
