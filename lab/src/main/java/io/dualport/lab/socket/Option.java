package io.dualport.lab.socket;

/**
 * Socket options by the names of the manual pages, with Linux's numbers
 * (include/uapi/asm-generic/socket.h, include/uapi/linux/in.h, in6.h, tcp.h).
 */
public enum Option {
  SO_REUSEADDR(1, 2),
  SO_SNDBUF(1, 7),
  SO_RCVBUF(1, 8),
  SO_REUSEPORT(1, 15),
  /** Value: seconds, 0 for a reset at close; the struct linger's l_onoff is always 1. */
  SO_LINGER(1, 13),
  IP_RECVERR(0, 11),
  IP_BIND_ADDRESS_NO_PORT(0, 24),
  /** Value: an IPv4 address as a number, whose interface multicast leaves by. */
  IP_MULTICAST_IF(0, 32),
  IP_MULTICAST_LOOP(0, 34),
  /** Since Linux 6.3. Value: the last port in the upper 16 bits, the first in the lower. */
  IP_LOCAL_PORT_RANGE(0, 51),
  /** On a listener: seconds to wait for a client's first data before it counts as connected. */
  TCP_DEFER_ACCEPT(6, 9),
  IPV6_V6ONLY(41, 26);

  private final int level;
  private final int number;

  Option(int level, int number) {
    this.level = level;
    this.number = number;
  }

  /** The protocol level: SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP or IPPROTO_IPV6. */
  public int level() {
    return level;
  }

  /** The option's number on Linux. */
  public int number() {
    return number;
  }
}
