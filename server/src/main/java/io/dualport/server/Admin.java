package io.dualport.server;

import io.dualport.kernel.NetCounters;
import io.dualport.server.admin.AdminServer;
import io.dualport.server.admin.AdminSettings;
import io.dualport.server.admin.CannotBindException;
import io.dualport.server.admin.ObservedServer;
import io.dualport.server.echo.BindFailure;
import io.dualport.server.echo.DualServer;
import io.dualport.server.facts.ServerFacts;
import java.util.Optional;

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
  static Admin of(
      DualServer server, ServerFacts facts, AdminSettings admin, Optional<NetCounters> kernelBefore)
      throws BindFailure {
    if (admin.address().address().isEmpty()) {
      return new Admin(null);
    }
    try {
      ObservedServer observed =
          new ObservedServer(
              facts,
              server.flowTables(),
              server::pendingBytes,
              kernelBefore,
              server::dropsOfClosed,
              server::holdAccepting,
              server::isAlive,
              server::isDraining);
      return new Admin(AdminServer.start(admin, observed));
    } catch (CannotBindException e) {
      throw BindFailure.ofAdmin(e.address(), e.getCause());
    }
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
