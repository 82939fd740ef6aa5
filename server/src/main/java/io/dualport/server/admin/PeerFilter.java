package io.dualport.server.admin;

import io.dualport.flow.AddressPrefix;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/**
 * Which peers are meant: an address, a prefix, a port, or an address with a port. Names are not
 * resolved.
 *
 * @param prefix of the address; null = any
 * @param port -1 = any
 */
record PeerFilter(AddressPrefix prefix, int port) {
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
    } catch (IllegalArgumentException e) {
      throw new BadParameterException("peer", text, ALLOWED);
    }
  }

  private static PeerFilter parsed(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0 || text.indexOf('/') >= 0 || NetUtil.isValidIpV6Address(text)) {
      return new PeerFilter(AddressPrefix.parse(text), -1);
    }
    int port = port(text.substring(colon + 1));
    String host = text.substring(0, colon);
    if (host.isEmpty()) {
      return new PeerFilter(null, port);
    }
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    return new PeerFilter(
        AddressPrefix.parse(brackets ? host.substring(1, host.length() - 1) : host), port);
  }

  private static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > MAX_PORT) {
      throw new IllegalArgumentException("no port");
    }
    return Integer.parseInt(text);
  }

  boolean matches(InetSocketAddress peer) {
    return (port < 0 || peer.getPort() == port)
        && (prefix == null || prefix.matches(peer.getAddress()));
  }
}
