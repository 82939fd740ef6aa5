package io.dualport.client.load.plan;

import io.dualport.flow.Protocol;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/** What all sockets of one protocol have in common. */
public record Endpoints(Protocol protocol, InetSocketAddress remote) {
  /**
   * IP_BIND_ADDRESS_NO_PORT of ip(7), Linux 4.2: bind takes an address, connect the port, which
   * then only the four-tuple needs to be different in.
   */
  public static final int IP_BIND_ADDRESS_NO_PORT = 24;

  /** The level of that option, for IPv6 sockets too. */
  public static final int IPPROTO_IP = 0;

  /** UDP_SEGMENT of udp(7), Linux 4.18, and its level (include/uapi/linux/udp.h and in.h). */
  public static final int UDP_SEGMENT = 103;

  public static final int IPPROTO_UDP = 17;

  /** Asked for; Linux cuts it to net.core.rmem_max without a word. */
  public static final int UDP_RECEIVE_BUFFER_BYTES = 4 << 20;

  public boolean isTcp() {
    return protocol == Protocol.TCP;
  }

  public boolean isIpv4() {
    return remote.getAddress() instanceof Inet4Address;
  }
}
