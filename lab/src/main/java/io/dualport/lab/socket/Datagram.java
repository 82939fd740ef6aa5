package io.dualport.lab.socket;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * What arrived at a datagram socket.
 *
 * @param bytes its payload
 * @param source who sent it
 */
public record Datagram(byte[] bytes, InetSocketAddress source) {
  /** The payload as text. */
  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
