package io.dualport.client.check.service;

import io.dualport.report.ControlCharacters;
import java.util.List;
import java.util.Locale;

/** {@code HEAD /} by HTTP/1.1 (RFC 9112), of which the head is all that comes. */
record Http1Head(String authority) implements ServiceQuestion {
  private static final byte[] VERSION = Bytes.of("HTTP/1.");

  /** By which a server says where else it is, such as on HTTP/3 (RFC 7838 section 3). */
  static final String ALT_SVC = "alt-svc";

  @Override
  public byte[] ask(int sizeBytes) {
    return Bytes.of(
        "HEAD / HTTP/1.1\r\nHost: "
            + authority
            + "\r\nUser-Agent: dual-client\r\nAccept: */*\r\nConnection: close\r\n\r\n");
  }

  @Override
  public Recognition recognise(byte[] answer) {
    Recognition.Kind start = Bytes.begins(answer, VERSION);
    if (start != Recognition.Kind.PROVEN) {
      return start == Recognition.Kind.OTHER ? Recognition.OTHER : Recognition.INCOMPLETE;
    }
    String text = Bytes.text(answer);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return Recognition.INCOMPLETE;
    }
    List<String> lines = text.substring(0, end).lines().toList();
    String[] status = lines.get(0).split(" ", 3);
    if (status.length < 2 || !status[1].matches("[1-5]\\d\\d")) {
      return Recognition.OTHER;
    }
    String alternatives =
        lines.stream()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(ALT_SVC + ":"))
            .map(line -> line.substring(ALT_SVC.length() + 1).strip())
            .findFirst()
            .orElse(null);
    return answered("HTTP/1.1 " + status[1], alternatives);
  }

  /** The answer of a version of HTTP, with what it says of others. */
  static Recognition answered(String status, String alternatives) {
    return new Recognition(
        Recognition.Kind.PROVEN,
        status,
        null,
        alternatives == null ? null : ControlCharacters.escaped(alternatives));
  }
}
