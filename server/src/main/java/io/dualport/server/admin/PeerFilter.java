package io.dualport.server.admin;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Which peers are meant: an address, a prefix, a port, or an address with a port. Names are not
 * resolved.
 *
 * @param prefix the address; null = any
 * @param bits how many of its leading bits count
 * @param port -1 = any
 */
record PeerFilter(byte[] prefix, int bits, int port) {
  static final String ALLOWED =
      "ADDRESS, ADDRESS:PORT, [IPV6]:PORT, :PORT or PREFIX/LENGTH, with addresses in digits";

  private static final int MAX_PORT = 65535;

  /**
   * Reads the parameter's text.
   *
   * @throws BadParameterException if it is none of {@link #ALLOWED}
   */
  static PeerFilter parse(String text) throws BadParameterException {
    try {
      return parsed(text.trim());
    } catch (IllegalArgumentException | UnknownHostException e) {
      throw new BadParameterException("peer", text, ALLOWED);
    }
  }

  private static PeerFilter parsed(String text) throws UnknownHostException {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      byte[] prefix = address(text.substring(0, slash));
      return new PeerFilter(prefix, number(text.substring(slash + 1), prefix.length * 8), -1);
    }
    if (NetUtil.isValidIpV6Address(text)) {
      byte[] address = address(text);
      return new PeerFilter(address, address.length * 8, -1);
    }
    int colon = text.lastIndexOf(':');
    int port = colon < 0 ? -1 : number(text.substring(colon + 1), MAX_PORT);
    String host = colon < 0 ? text : text.substring(0, colon);
    if (host.isEmpty() && colon == 0) {
      return new PeerFilter(null, 0, port);
    }
    byte[] address =
        address(
            host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host);
    return new PeerFilter(address, address.length * 8, port);
  }

  private static byte[] address(String text) throws UnknownHostException {
    if (!NetUtil.isValidIpV4Address(text) && !NetUtil.isValidIpV6Address(text)) {
      throw new IllegalArgumentException("no address");
    }
    return InetAddress.getByName(text).getAddress(); // IPv4-mapped IPv6 becomes IPv4 here
  }

  private static int number(String text, int max) {
    if (!text.matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("no number");
    }
    int number = Integer.parseInt(text);
    if (number > max) {
      throw new IllegalArgumentException("out of range");
    }
    return number;
  }

  boolean matches(InetSocketAddress peer) {
    return (port < 0 || peer.getPort() == port)
        && (prefix == null || startsWith(peer.getAddress().getAddress()));
  }

  private boolean startsWith(byte[] address) {
    if (address.length != prefix.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += 8) {
      int mask = 0xff << Math.max(0, 8 - (bits - bit)) & 0xff;
      if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
