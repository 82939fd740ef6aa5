package io.dualport.server;

import io.dualport.flow.Counter;
import io.dualport.kernel.LocalAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.List;

/**
 * Decides which datagrams get no reply, because the reply could start a loop or reach somebody who
 * asked for nothing.
 *
 * <p>An echo on UDP is a reflector: one forged datagram makes two of them talk for ever (CERT
 * CA-1996-01, CVE-2024-2169). None of these sources is a client that waits for an answer.
 */
final class Guard {
  private final boolean on;
  private final int ownPort;
  private final BitSet reflectorPorts = new BitSet();

  /**
   * @param ownPort the port both protocols are bound to
   * @param reflectorPorts ports of services that answer anything
   */
  Guard(boolean on, int ownPort, List<Integer> reflectorPorts) {
    this.on = on;
    this.ownPort = ownPort;
    reflectorPorts.forEach(this.reflectorPorts::set);
  }

  /**
   * Looks at where a datagram says it comes from.
   *
   * @return why it gets no reply, or null if it may have one
   */
  Counter refusal(InetSocketAddress source, LocalAddresses local) {
    int port = source.getPort();
    if (port == 0) {
      return Counter.DROPPED_SOURCE_PORT_ZERO; // the kernel could not send there either
    }
    if (!on) {
      return null;
    }
    if (port == ownPort) {
      return Counter.DROPPED_OWN_PORT;
    }
    if (reflectorPorts.get(port)) {
      return Counter.DROPPED_REFLECTOR_PORT;
    }
    InetAddress address = source.getAddress();
    if (address.isMulticastAddress()) {
      return Counter.DROPPED_MULTICAST_SOURCE;
    }
    if (local.isBroadcast(address)) {
      return Counter.DROPPED_BROADCAST_SOURCE;
    }
    return null;
  }

  boolean isOn() {
    return on;
  }
}
