package io.dualport.client.verify;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A five-tuple as texts, in the form of {@link Endpoint#text(InetSocketAddress)}, which is also how
 * the results write it. Without the scope of a link-local address, which is on no wire.
 *
 * @param source the client's end, as far as is known
 * @param destination the server's end
 */
record FlowKey(Protocol protocol, String source, String destination) {
  private static final int MAX_PORT = 65535;

  FlowKey reversed() {
    return new FlowKey(protocol, destination, source);
  }

  /** Whether both ends are one socket, as the client's rehearsal on loopback connects it. */
  boolean isSelfConnected() {
    return source.equals(destination);
  }

  static String end(String address, long port) {
    return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
  }

  /** The port of such a text, with its colon. */
  static String port(String end) {
    return end.substring(end.lastIndexOf(':'));
  }

  /**
   * An endpoint in its one form.
   *
   * @throws IllegalArgumentException if it is none
   */
  static String canonical(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon).replaceFirst("%[^\\]]*", "");
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(bare);
    if (address == null || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException("no address and port");
    }
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > MAX_PORT) {
      throw new IllegalArgumentException("no port");
    }
    return Endpoint.text(new InetSocketAddress(address, port));
  }

  /** As in {@code tcp 127.0.0.1:40000 -> 127.0.0.1:8888}. */
  @Override
  public String toString() {
    return protocol.label() + " " + source + " -> " + destination;
  }
}
