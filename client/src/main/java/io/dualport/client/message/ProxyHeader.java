package io.dualport.client.message;

import io.dualport.flow.Endpoint;
import io.dualport.report.ControlCharacters;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The header of the PROXY protocol, which a load balancer puts before what it relays, so that the
 * server learns the client's address. A server that does not expect it takes it for the client's
 * bytes, and an echo sends it back (HAProxy's proxy-protocol.txt, sections 2.1 and 2.2).
 *
 * @param version 1 is a line of text, 2 is binary
 * @param said what stands in it: the line itself, or protocol and addresses in words
 */
public record ProxyHeader(int version, String said) {
  /** For people who get one back. */
  public static final String ADVICE =
      "the load balancer's PROXY protocol (nginx: proxy_protocol on, HAProxy: send-proxy): switch"
          + " it off there, or let the server behind it expect the header";

  /** The longest line of version 1, line feed included. */
  private static final int MAX_LINE_BYTES = 107;

  private static final List<String> LINES = List.of("PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN");
  private static final byte[] SIGNATURE = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final int ADDRESSES_OFFSET = 16;
  private static final int IPV4 = 1;
  private static final int IPV6 = 2;

  /**
   * Looks for one at the start of what came back.
   *
   * @param index where that is; the buffer's own indexes are not moved. What is cut short is
   *     recognised by what is there, from ten bytes on.
   */
  public static Optional<ProxyHeader> at(ByteBuf bytes, int index) {
    int length = Math.min(MAX_LINE_BYTES, bytes.writerIndex() - index);
    if (length < SIGNATURE.length - 2) {
      return Optional.empty();
    }
    byte[] start = new byte[length];
    bytes.getBytes(index, start);
    int compared = Math.min(length, SIGNATURE.length);
    if (Arrays.equals(start, 0, compared, SIGNATURE, 0, compared)) {
      return Optional.of(new ProxyHeader(2, binary(start)));
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    return LINES.stream().anyMatch(line -> text.startsWith(line) || line.startsWith(text))
        ? Optional.of(new ProxyHeader(1, line(text)))
        : Optional.empty();
  }

  /** A clause that tells what it is: {@code a PROXY protocol header of version 1, "PROXY ..."}. */
  public String text() {
    return "a PROXY protocol header of version " + version + (said.isEmpty() ? "" : ", " + said);
  }

  private static String line(String text) {
    int end = text.indexOf('\r');
    return "\"" + ControlCharacters.escaped(end < 0 ? text : text.substring(0, end)) + "\"";
  }

  /** Empty for a health check of the load balancer itself, and for what is cut short. */
  private static String binary(byte[] header) {
    int family = header.length > 13 ? header[13] >> 4 : 0;
    int bytes = family == IPV4 ? 4 : 16;
    boolean known = family == IPV4 || family == IPV6;
    if (!known || header.length < ADDRESSES_OFFSET + 2 * bytes + 4) {
      return "";
    }
    int ports = ADDRESSES_OFFSET + 2 * bytes;
    String protocol = (header[13] & 0x0f) == 2 ? "UDP" : "TCP";
    return protocol
        + " "
        + endpoint(header, ADDRESSES_OFFSET, bytes, ports)
        + " -> "
        + endpoint(header, ADDRESSES_OFFSET + bytes, bytes, ports + 2);
  }

  private static String endpoint(byte[] header, int address, int bytes, int port) {
    try {
      InetAddress host =
          InetAddress.getByAddress(Arrays.copyOfRange(header, address, address + bytes));
      return Endpoint.text(
          new InetSocketAddress(host, (header[port] & 0xff) << 8 | header[port + 1] & 0xff));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are always an address", e);
    }
  }
}
