package io.dualport.flow;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Addresses that begin alike, as in {@code 10.0.0.0/8}.
 *
 * @param bytes of one of them, in network order
 * @param bits how many of its leading bits count
 */
public record AddressPrefix(byte[] bytes, int bits) {

  /**
   * Reads an address in digits, which is a prefix of all its bits, or {@code ADDRESS/LENGTH}. Names
   * are not resolved.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static AddressPrefix parse(String text) {
    int slash = text.indexOf('/');
    byte[] bytes = address(slash < 0 ? text : text.substring(0, slash));
    int bits = slash < 0 ? bytes.length * 8 : number(text.substring(slash + 1));
    if (bits > bytes.length * 8) {
      throw new IllegalArgumentException("longer than an address");
    }
    return new AddressPrefix(bytes, bits);
  }

  private static byte[] address(String text) {
    if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
      throw new IllegalArgumentException("no address");
    }
    try {
      return InetAddress.getByName(text).getAddress(); // IPv4-mapped IPv6 becomes IPv4 here
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("of no interface here", e);
    }
  }

  private static int number(String text) {
    if (!text.matches("[0-9]{1,3}")) {
      throw new IllegalArgumentException("no length");
    }
    return Integer.parseInt(text);
  }

  public boolean matches(InetAddress address) {
    byte[] other = address.getAddress();
    if (other.length != bytes.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += 8) {
      int mask = 0xff << Math.max(0, 8 - (bits - bit)) & 0xff;
      if ((other[bit / 8] & mask) != (bytes[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
