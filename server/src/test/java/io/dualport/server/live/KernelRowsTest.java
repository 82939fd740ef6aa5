package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelRowsTest {
  @Test
  void shouldListTcpFirstAndWildcardsBeforeSingleAddresses() {
    SocketRow udp = row(Protocol.UDP, "127.0.0.1", SocketState.UNCONN, 1);
    SocketRow udpAny = row(Protocol.UDP, "0.0.0.0", SocketState.UNCONN, 4);
    SocketRow tcp = row(Protocol.TCP, "127.0.0.1", SocketState.LISTEN, 2);
    SocketRow tcpAny = row(Protocol.TCP, "0.0.0.0", SocketState.LISTEN, 3);
    assertThat(KernelRows.of(List.of(udp, tcp, tcpAny, udpAny), Map.of()).waiting())
        .containsExactly(tcpAny, tcp, udpAny, udp);
  }

  private static SocketRow row(Protocol protocol, String host, SocketState state, long inode) {
    InetSocketAddress none = new InetSocketAddress("0.0.0.0", 0);
    InetSocketAddress local = new InetSocketAddress(host, 8888);
    return new SocketRow(protocol, false, local, none, state, 0, 0, 0, inode, 0);
  }
}
