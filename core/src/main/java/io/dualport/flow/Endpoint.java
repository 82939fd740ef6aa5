package io.dualport.flow;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;

/** An address and a port as text, the way {@code ss} and RFC 3986 write them. */
public final class Endpoint {
  private Endpoint() {}

  /** {@code 127.0.0.1:8888}, {@code [::1]:8888}, {@code [fe80::1%2]:8888}. */
  public static String text(InetSocketAddress address) {
    String host = text(address.getAddress());
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /**
   * {@code 127.0.0.1}, {@code ::1}; IPv6 compressed as RFC 5952 asks, the scope only where there is
   * one: the interface's name if the address was made with it, as where it was typed, else its
   * index.
   */
  public static String text(InetAddress address) {
    return address instanceof Inet6Address six ? text(six) : address.getHostAddress();
  }

  private static String text(Inet6Address address) {
    String text = NetUtil.toAddressString(address);
    if (address.getScopeId() == 0) {
      return text;
    }
    NetworkInterface link = address.getScopedInterface();
    return text + '%' + (link == null ? address.getScopeId() : link.getName());
  }
}
