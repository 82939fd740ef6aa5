package io.dualport.flow;

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
    byte[] bytes = address.getAddress();
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int[] run = longestZeroRun(groups);
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == run[0]) {
        text.append("::");
        i += run[1] - 1;
      } else {
        if (i > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    if (address.getScopeId() > 0) {
      NetworkInterface link = address.getScopedInterface();
      text.append('%').append(link == null ? address.getScopeId() : link.getName());
    }
    return text.toString();
  }

  /**
   * Start and length of the longest run of two or more zero groups, the first of equals; start -1
   * if none.
   */
  private static int[] longestZeroRun(int[] groups) {
    int[] longest = {-1, 1};
    int start = 0;
    for (int i = 0; i <= groups.length; i++) {
      if (i == groups.length || groups[i] != 0) {
        if (i - start > longest[1]) {
          longest = new int[] {start, i - start};
        }
        start = i + 1;
      }
    }
    return longest;
  }
}
