package io.dualport.client.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples are those of HAProxy's proxy-protocol.txt, section 2.1, and of section 2.2. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535",
        "PROXY TCP6 ffff:f::1 ffff:f::2 65535 65535",
        "PROXY UNKNOWN"
      })
  void shouldQuoteTheLineOfVersionOne(String line) {
    ByteBuf bytes = text(line + "\r\nDUALPRB1");

    assertThat(ProxyHeader.at(bytes, 0)).contains(new ProxyHeader(1, "\"" + line + "\""));
    assertThat(bytes.readerIndex()).isZero();
  }

  @Test
  void shouldReadTheAddressesOfVersionTwo() {
    ByteBuf ipv4 = hex(SIGNATURE + "21" + "11" + "000c" + "0a0001020a0002029c4022b8" + "4455");
    ByteBuf ipv6 =
        hex(
            SIGNATURE
                + "2122002420010db8000000000000000000000001"
                + "20010db8000000000000000000000002"
                + "9c4022b8");

    assertThat(ProxyHeader.at(ipv4, 0))
        .contains(new ProxyHeader(2, "TCP 10.0.1.2:40000 -> 10.0.2.2:8888"));
    assertThat(ProxyHeader.at(ipv6, 0))
        .contains(new ProxyHeader(2, "UDP [2001:db8::1]:40000 -> [2001:db8::2]:8888"));
  }

  @Test
  void shouldRecogniseWhatIsCutShort() {
    assertThat(ProxyHeader.at(text("PROXY TCP4"), 0)).isPresent();
    assertThat(ProxyHeader.at(hex(SIGNATURE), 0)).contains(new ProxyHeader(2, ""));
    assertThat(ProxyHeader.at(hex(SIGNATURE + "2111000c0a00"), 0)).contains(new ProxyHeader(2, ""));
    assertThat(ProxyHeader.at(hex(SIGNATURE + "20000000"), 0)).contains(new ProxyHeader(2, ""));
  }

  @Test
  void shouldKeepATerminalSafe() {
    assertThat(ProxyHeader.at(text("PROXY TCP4 \u001b[2J\r\n"), 0))
        .contains(new ProxyHeader(1, "\"PROXY TCP4 \\u001b[2J\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "PROXY", "PROXY server 1.0 ready\r\n", "HTTP/1.1 400 Bad Request", "\r\n\r\n"})
  void shouldTakeNothingElseForOne(String other) {
    assertThat(ProxyHeader.at(text(other), 0)).isEmpty();
  }

  @Test
  void shouldLookWhereItIsTold() {
    assertThat(ProxyHeader.at(text("xxPROXY UNKNOWN\r\n"), 0)).isEmpty();
    assertThat(ProxyHeader.at(text("xxPROXY UNKNOWN\r\n"), 2).orElseThrow().text())
        .isEqualTo("a PROXY protocol header of version 1, \"PROXY UNKNOWN\"");
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuf hex(String digits) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits));
  }
}
