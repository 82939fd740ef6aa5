package io.dualport.server.echo;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** The kernel's table, asked by tests. */
final class Sockets {
  private Sockets() {}

  static List<SocketRow> boundTo(Protocol protocol, InetSocketAddress local) throws IOException {
    return SocketTable.read().onLocalPort(local.getPort()).stream()
        .filter(row -> row.protocol() == protocol && row.local().equals(local))
        .toList();
  }

  static List<SocketRow> onPort(Protocol protocol, int port) throws IOException {
    return SocketTable.read().onLocalPort(port).stream()
        .filter(row -> row.protocol() == protocol && row.acceptsAnyPeer())
        .toList();
  }
}
