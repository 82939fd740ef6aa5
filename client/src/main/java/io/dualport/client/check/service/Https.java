package io.dualport.client.check.service;

import io.dualport.flow.Protocol;
import java.util.List;

/**
 * HTTPS and HTTP/3. Over TCP {@code HEAD /} inside of TLS, by HTTP/2 or HTTP/1.1 as the server
 * chooses; over UDP a QUIC packet. Datagrams below 1200 bytes are not answered (RFC 9000 section
 * 14.1); larger ones are what browsers try: 1252 fill the smallest IPv6 packet, 1350 is Chrome's,
 * 1472 fill an Ethernet frame, over IPv6 1452 do.
 */
final class Https implements Service {
  private static final String HTTP_2 = "h2";
  private static final String HTTP_1 = "http/1.1";

  private final String authority;

  /**
   * @param authority host and port whose page is asked for, as a URI names them (RFC 3986 section
   *     3.2)
   */
  Https(String authority) {
    this.authority = authority;
  }

  @Override
  public String name() {
    return "https";
  }

  @Override
  public String title(Protocol protocol) {
    return protocol == Protocol.TCP ? "HTTPS" : "HTTP/3";
  }

  @Override
  public List<Integer> ports() {
    return List.of(443);
  }

  @Override
  public String asked(Protocol protocol) {
    return protocol == Protocol.TCP ? "HEAD /" : "QUIC packet of no known version";
  }

  @Override
  public String asked(Protocol protocol, int sizeBytes) {
    return sizeBytes == 0 ? asked(protocol) : "QUIC packet of " + sizeBytes + " bytes";
  }

  @Override
  public String proof() {
    return "an HTTP status; Version Negotiation with our ids (RFC 9110, 9000)";
  }

  @Override
  public List<Integer> datagramSizes() {
    return List.of(1200, 1252, 1350, 1472);
  }

  /** RFC 9000 section 14. */
  @Override
  public boolean isNeverFragmented() {
    return true;
  }

  @Override
  public List<String> insideTls() {
    return List.of(HTTP_2, HTTP_1);
  }

  @Override
  public ServiceQuestion insideTls(String agreed) {
    return HTTP_2.equals(agreed) ? new Http2Head(authority) : new Http1Head(authority);
  }

  @Override
  public ServiceQuestion over(Protocol protocol) {
    return protocol == Protocol.TCP ? insideTls(HTTP_1) : QuicNegotiation.begin();
  }
}
