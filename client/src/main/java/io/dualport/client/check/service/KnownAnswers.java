package io.dualport.client.check.service;

import io.dualport.client.message.ProxyHeader;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Names what answers by how its answer begins: enough to say which other service it is. */
public final class KnownAnswers {
  private static final Map<String, String> BEGINNINGS = new LinkedHashMap<>();

  static {
    BEGINNINGS.put("HTTP/1.", "HTTP");
    BEGINNINGS.put("<html", "HTTP");
    BEGINNINGS.put("<!DOCTYPE", "HTTP");
    BEGINNINGS.put("SSH-", "SSH");
    BEGINNINGS.put("SIP/2.0 ", "SIP");
    BEGINNINGS.put("RTSP/1.0 ", "RTSP");
    BEGINNINGS.put("RFB 00", "VNC");
    BEGINNINGS.put("* OK", "IMAP");
    BEGINNINGS.put("+OK", "POP3");
    BEGINNINGS.put("+PONG", "Redis");
    BEGINNINGS.put("-ERR ", "Redis");
    BEGINNINGS.put("VERSION ", "memcached");
    BEGINNINGS.put("ERROR\r\n", "memcached");
    BEGINNINGS.put("SERVER_ERROR ", "memcached");
    BEGINNINGS.put("CLIENT_ERROR ", "memcached");
    BEGINNINGS.put("220 ", "SMTP or FTP");
    BEGINNINGS.put("220-", "SMTP or FTP");
  }

  /** Begins a record of TLS that is an alert (RFC 8446 section 5.1). */
  private static final int TLS_ALERT = 0x15;

  private static final int TLS_MAJOR = 0x03;
  private static final int DNS_HEADER_BYTES = 12;
  private static final int DNS_REFUSED = 5;
  private static final int HTTP_2_SETTINGS = 4;
  private static final int HTTP_2_SETTING_BYTES = 6;

  /** Of memcached's datagrams. */
  private static final int FRAME_BYTES = 8;

  private KnownAnswers() {}

  /**
   * What is spoken there; empty if the bytes are nobody's that is known.
   *
   * @param asked what was sent
   * @param answer all that came
   */
  public static Optional<String> of(byte[] asked, byte[] answer) {
    if (asked.length > 0 && Arrays.equals(asked, answer)) {
      return Optional.of("echo");
    }
    if (answer.length >= 7 && answer[0] == TLS_ALERT && answer[1] == TLS_MAJOR) {
      return Optional.of("TLS (it sent an alert)");
    }
    if (ProxyHeader.at(Unpooled.wrappedBuffer(answer), 0).isPresent()) {
      return Optional.of("the PROXY protocol");
    }
    if (isHttp2(answer)) {
      return Optional.of("HTTP/2");
    }
    if (isDns(asked, answer)) {
      return Optional.of("DNS (" + Dns.code(answer[3] & 0xf) + ")");
    }
    Der outer = Der.at(answer, 0);
    if (Kerberos.isSpoken(answer) || isFramedKerberos(answer)) {
      return Optional.of("Kerberos");
    }
    if (outer != null && Ldap.isNotice(outer)) {
      return Optional.of("LDAP");
    }
    String text = Bytes.text(isFramed(asked, answer) ? Bytes.from(answer, FRAME_BYTES) : answer);
    return BEGINNINGS.entrySet().stream()
        .filter(known -> text.startsWith(known.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Over TCP its length comes first (RFC 4120 section 7.2.2). */
  private static boolean isFramedKerberos(byte[] answer) {
    return answer.length > Integer.BYTES
        && Bytes.integer(answer, 0) == answer.length - Integer.BYTES
        && Kerberos.isSpoken(Bytes.from(answer, Integer.BYTES));
  }

  /** Its settings, before it was asked for anything (RFC 9113 section 3.4). */
  private static boolean isHttp2(byte[] answer) {
    return answer.length >= 9
        && answer[0] == 0
        && answer[3] == HTTP_2_SETTINGS
        && answer[4] == 0
        && Bytes.integer(answer, 5) == 0
        && Bytes.unsignedShort(answer, 1) % HTTP_2_SETTING_BYTES == 0;
  }

  /** Of what it cannot read, a DNS server sends id and opcode back, as a response with an error. */
  private static boolean isDns(byte[] asked, byte[] answer) {
    return asked.length >= DNS_HEADER_BYTES
        && answer.length >= DNS_HEADER_BYTES
        && Arrays.equals(asked, 0, 2, answer, 0, 2)
        && (asked[2] & 0xf8 ^ 0x80) == (answer[2] & 0xf8)
        && asked[2] >= 0
        && (answer[3] & 0xf) != 0
        && (answer[3] & 0xf) <= DNS_REFUSED;
  }

  /** Whether it has memcached's frame with the id that was asked. */
  private static boolean isFramed(byte[] asked, byte[] answer) {
    return asked.length > FRAME_BYTES
        && answer.length > FRAME_BYTES
        && Arrays.equals(asked, 0, 2, answer, 0, 2)
        && Bytes.unsignedShort(answer, 2) == 0;
  }
}
