package io.dualport.server;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;

/**
 * What there is to say when the port is bound.
 *
 * @param sockets the kernel's rows for the port, ours only; empty where the kernel shows none
 * @param self this process
 * @param transport its name and why it was chosen
 * @param reach who can reach the port
 * @param displayFilter for Wireshark
 */
record StartReport(
    int port,
    List<SocketRow> sockets,
    SocketOwner self,
    String transport,
    int eventLoops,
    String reach,
    boolean guard,
    String displayFilter) {

  /** Reads the kernel's table for a server that has just started. */
  static StartReport of(DualServer server, ServerSettings settings, List<InetAddress> addresses) {
    int port = server.port();
    String why =
        settings.transport() == ServerSettings.TransportChoice.AUTO
            ? server.transport().automaticReason()
            : "as asked";
    return new StartReport(
        port,
        socketsOn(port),
        new SocketOwner((int) ProcessHandle.current().pid(), "java"),
        server.transport().label() + " (" + why + ")",
        server.threads(),
        ListenAddresses.reach(addresses),
        settings.guard(),
        "tcp.port == %d || udp.port == %d".formatted(port, port));
  }

  private static List<SocketRow> socketsOn(int port) {
    if (!SocketTable.available()) {
      return List.of();
    }
    try {
      return SocketTable.read().onLocalPort(port).stream()
          .filter(SocketRow::acceptsAnyPeer)
          .sorted(
              Comparator.comparing(SocketRow::protocol)
                  .thenComparing(row -> !row.local().getAddress().isAnyLocalAddress())
                  .thenComparing(SocketRow::ipv6)
                  .thenComparing(row -> Endpoint.text(row.local())))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
