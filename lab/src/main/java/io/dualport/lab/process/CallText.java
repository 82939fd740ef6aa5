package io.dualport.lab.process;

import io.dualport.flow.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The values of replies, as people read them. */
final class CallText {
  private static final int LONGEST_QUOTE = 40;

  private CallText() {}

  /** {@code "hello"}, or the number of bytes where they are many or no text. */
  static String payload(String hex) {
    if (hex.equals("-")) {
      return "0 bytes";
    }
    byte[] bytes = HexFormat.of().parseHex(hex);
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean plain =
        text.length() <= LONGEST_QUOTE && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    return plain ? '"' + text + '"' : bytes.length + " bytes";
  }

  /** {@code "hello" from 127.0.0.1:40000}. */
  static String datagram(String value) {
    String[] words = value.split(" ", 2);
    return payload(words[0]) + " from " + endpoint(words[1]);
  }

  /** {@code 127.0.0.1:40000}. */
  static String endpoint(String value) {
    String[] words = value.split(" ");
    try {
      return Endpoint.text(
          new InetSocketAddress(InetAddress.getByName(words[0]), Integer.parseInt(words[1])));
    } catch (UnknownHostException e) {
      return value;
    }
  }
}
