package io.dualport.server;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/** The port's listening and datagram sockets as the kernel's table shows them. */
final class PortSockets {
  private static final Comparator<SocketRow> AS_LISTED =
      Comparator.comparing(SocketRow::protocol)
          .thenComparing(row -> !row.local().getAddress().isAnyLocalAddress())
          .thenComparing(SocketRow::ipv6)
          .thenComparing(row -> Endpoint.text(row.local()));

  private PortSockets() {}

  /** TCP first, a wildcard first; empty where the kernel shows no table. */
  static List<SocketRow> on(int port) {
    if (!SocketTable.available()) {
      return List.of();
    }
    try {
      return SocketTable.read().onLocalPort(port).stream()
          .filter(SocketRow::acceptsAnyPeer)
          .sorted(AS_LISTED)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Datagrams the kernel threw away because these sockets' receive queues were full (proc(5)). */
  static long drops(List<SocketRow> sockets) {
    return sockets.stream().mapToLong(SocketRow::drops).sum();
  }
}
