package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Transport;
import java.net.Inet6Address;
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
 *
 * <p>A source that is an address of this host is a client if it came over loopback, where such
 * addresses are at home, and forged if it came over a wire: then the reply would reach a service of
 * this host as if from a program beside it. A socket does not say which: for IPv6 even the
 * interface that IPV6_PKTINFO names is that of the address and not loopback (ipv6_rcv in
 * net/ipv6/ip6_input.c). Only a program in the kernel sees the device, so {@link
 * io.dualport.transport.DatagramGroup} puts such datagrams aside, on epoll. Over IPv4 none comes
 * in: the kernel refuses local sources from a wire, unless the sysctl accept_local says otherwise
 * (fib_validate_source in net/ipv4/fib_frontend.c). Over TCP a forged source completes no
 * handshake.
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
    InetAddress address = source.getAddress();
    if (address.isAnyLocalAddress()) {
      return Counter.DROPPED_UNSPECIFIED_SOURCE; // the reply would go to this host
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

  /** What it cannot refuse at these addresses, as a clause that goes on after "on"; "" if all. */
  static String gap(Transport transport, List<InetAddress> addresses) {
    boolean fromWires =
        addresses.stream().anyMatch(a -> a instanceof Inet6Address && !a.isLoopbackAddress());
    return fromWires && !transport.sharesPort()
        ? ", but "
            + transport.label()
            + " cannot tell a source that is this host's own IPv6 address and came over a wire"
        : "";
  }
}
