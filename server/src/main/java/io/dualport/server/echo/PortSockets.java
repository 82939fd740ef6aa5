package io.dualport.server.echo;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketOwners;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** This process's listening and datagram sockets on a port, as the kernel's table shows them. */
public final class PortSockets {
  public static final SocketOwner SELF =
      new SocketOwner((int) ProcessHandle.current().pid(), "java");

  private static final Comparator<SocketRow> AS_LISTED =
      SocketRow.WILDCARDS_FIRST.thenComparing(row -> Endpoint.text(row.local()));

  private PortSockets() {}

  /** TCP first, a wildcard first; empty where the kernel shows no table. */
  public static List<SocketRow> on(int port) {
    if (!SocketTable.available()) {
      return List.of();
    }
    try {
      List<SocketRow> rows =
          SocketTable.read().onLocalPort(port).stream()
              .filter(SocketRow::acceptsAnyPeer)
              .sorted(AS_LISTED)
              .toList();
      // Another process may have the same port on another address.
      Map<Long, SocketOwner> owners =
          SocketOwners.of(rows.stream().map(SocketRow::inode).collect(Collectors.toSet()));
      return rows.stream().filter(row -> isOurs(owners.get(row.inode()))).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static boolean isOurs(SocketOwner owner) {
    return owner != null && owner.pid() == SELF.pid();
  }

  /**
   * Datagrams the kernel threw away at our sockets on a port, mostly for a full receive queue
   * (proc(5)); empty where it shows no table.
   *
   * @param ofClosed what was dropped at sockets that are not there any more
   */
  public static OptionalLong drops(int port, long ofClosed) {
    List<SocketRow> sockets = on(port);
    return sockets.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(ofClosed + sockets.stream().mapToLong(SocketRow::drops).sum());
  }
}
