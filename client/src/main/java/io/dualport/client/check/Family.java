package io.dualport.client.check;

import java.net.Inet4Address;
import java.net.InetAddress;

/** Which of a name's addresses are checked. */
enum Family {
  ANY,
  IPV4,
  IPV6;

  boolean has(InetAddress address) {
    return this == ANY || (this == IPV4) == address instanceof Inet4Address;
  }
}
