package io.dualport.server.live;

import io.dualport.kernel.SocketOwner;
import io.dualport.kernel.SocketOwners;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.kernel.SocketTable;
import java.io.IOException;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the kernel's socket table says of the port, whoever's sockets they are.
 *
 * @param waiting the sockets that wait for any peer: TCP first, wildcards first
 * @param owners the processes that hold them, by inode, as far as we may see them
 * @param connections TCP sockets on the port by state, those in TIME_WAIT included, without LISTEN
 * @param receiveQueueBytes of all connections together
 * @param transmitQueueBytes of all connections together
 */
record KernelRows(
    List<SocketRow> waiting,
    Map<Long, SocketOwner> owners,
    Map<SocketState, Integer> connections,
    long receiveQueueBytes,
    long transmitQueueBytes) {

  private static final Comparator<SocketRow> AS_LISTED =
      SocketRow.WILDCARDS_FIRST.thenComparingLong(SocketRow::inode);

  /** Reads the table; empty where this system shows none. */
  static Optional<KernelRows> on(int port) {
    if (!SocketTable.available()) {
      return Optional.empty();
    }
    try {
      List<SocketRow> rows = SocketTable.read().onLocalPort(port);
      Set<Long> waiting =
          rows.stream()
              .filter(SocketRow::acceptsAnyPeer)
              .map(SocketRow::inode)
              .collect(Collectors.toSet());
      return Optional.of(of(rows, SocketOwners.of(waiting)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static KernelRows of(List<SocketRow> rows, Map<Long, SocketOwner> owners) {
    Map<SocketState, Integer> connections = new EnumMap<>(SocketState.class);
    long received = 0;
    long sent = 0;
    for (SocketRow row : rows) {
      if (!row.acceptsAnyPeer()) {
        connections.merge(row.state(), 1, Integer::sum);
        received += row.receiveQueueBytes();
        sent += row.transmitQueueBytes();
      }
    }
    List<SocketRow> waiting =
        rows.stream().filter(SocketRow::acceptsAnyPeer).sorted(AS_LISTED).toList();
    return new KernelRows(waiting, owners, connections, received, sent);
  }

  /** Whose socket it is, in words; empty for one of this process. */
  String stranger(SocketRow row) {
    SocketOwner owner = owners.get(row.inode());
    if (owner == null) {
      return "not ours";
    }
    return owner.pid() == ProcessHandle.current().pid() ? "" : "of " + owner.text();
  }
}
