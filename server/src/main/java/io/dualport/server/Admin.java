package io.dualport.server;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.NetCounters;
import io.dualport.server.admin.AdminServer;
import io.dualport.server.admin.AdminSettings;
import io.dualport.server.admin.CannotBindException;
import io.dualport.server.admin.ObservedServer;
import io.dualport.server.echo.BindFailure;
import io.dualport.server.echo.DualServer;
import io.dualport.server.echo.InheritedSockets;
import io.dualport.server.settings.ServerSettings;
import io.dualport.server.view.StartReport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The admin side of one running server, or none. */
final class Admin implements AutoCloseable {
  private final AdminServer server;

  private Admin(AdminServer server) {
    this.server = server;
  }

  /**
   * Starts what the settings ask for.
   *
   * @param kernelBefore the kernel's counts before the port was bound
   * @throws BindFailure if the address that was named is refused
   */
  static Admin of(DualServer server, ServerSettings settings, Optional<NetCounters> kernelBefore)
      throws BindFailure {
    AdminSettings admin = settings.admin();
    if (admin.address().address().isEmpty()) {
      return new Admin(null);
    }
    try {
      return new Admin(AdminServer.start(admin, subject(server, settings, kernelBefore)));
    } catch (CannotBindException e) {
      throw BindFailure.ofAdmin(e.address(), e.getCause());
    }
  }

  private static ObservedServer subject(
      DualServer server, ServerSettings settings, Optional<NetCounters> kernelBefore) {
    return new ObservedServer(
        server.instance(),
        new ServerVersion().number(),
        Instant.now(),
        server.port(),
        server.addresses().stream().map(Endpoint::text).toList(),
        server.reach(),
        server.inherited().map(InheritedSockets::descriptors).orElse(List.of()),
        server.transport().label(),
        settings.guard(),
        StartReport.displayFilter(server.port()),
        new ObservedServer.Limits(
            settings.maxConnections(),
            unlessOff(settings.maxConnectionsPerSource()),
            server.maxPendingBytes(),
            settings.maxFlows(),
            settings.idleTimeout().toMillis(),
            unlessOff(settings.udpRate())),
        server.flowTables(),
        server::pendingBytes,
        kernelBefore,
        server::dropsOfClosed,
        server::isAlive,
        server::isDraining);
  }

  private static OptionalInt unlessOff(int limit) {
    return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  /** Where the dashboard is; null without an admin side. */
  String url() {
    return server == null ? null : server.url();
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
  }
}
