package io.dualport.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
  @Test
  void shouldWriteIpv4WithItsPort() throws UnknownHostException {
    assertThat(Endpoint.text(new InetSocketAddress("127.0.0.1", 8888))).isEqualTo("127.0.0.1:8888");
    assertThat(Endpoint.text(InetAddress.getByName("0.0.0.0"))).isEqualTo("0.0.0.0");
  }

  @Test
  void shouldWriteTheAddressAndNotTheNameItWasResolvedFrom() throws UnknownHostException {
    InetAddress named = InetAddress.getByAddress("server.example", new byte[] {10, 0, 0, 1});

    assertThat(Endpoint.text(new InetSocketAddress(named, 7))).isEqualTo("10.0.0.1:7");
  }

  @Test
  void shouldPutIpv6InBracketsBeforeAPort() {
    assertThat(Endpoint.text(new InetSocketAddress("::1", 8888))).isEqualTo("[::1]:8888");
    assertThat(Endpoint.text(new InetSocketAddress("::", 0))).isEqualTo("[::]:0");
  }

  /** RFC 5952, sections 4 and 5. */
  @ParameterizedTest
  @CsvSource({
    "0:0:0:0:0:0:0:0,                 ::",
    "0:0:0:0:0:0:0:1,                 ::1",
    "1:0:0:0:0:0:0:0,                 1::",
    "0:1:1:1:1:1:1:1,                 0:1:1:1:1:1:1:1",
    "1:1:1:1:1:1:1:0,                 1:1:1:1:1:1:1:0",
    "2001:0db8:0000:0000:0000:0000:0000:0001, 2001:db8::1",
    "2001:db8:0:1:1:1:1:1,            2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,              2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1,            2001:db8::1:0:0:1",
    "0:0:1:0:0:0:1:0,                 0:0:1::1:0",
    "1:0:0:2:3:4:0:0,                 1::2:3:4:0:0",
    "0:0:2:3:4:5:6:7,                 ::2:3:4:5:6:7",
    "1:2:3:4:5:6:0:0,                 1:2:3:4:5:6::",
    "2001:DB8:ABCD:EF01:10:200:3000:F, 2001:db8:abcd:ef01:10:200:3000:f",
    "64:ff9b::192.0.2.1,              64:ff9b::c000:201"
  })
  void shouldCompressIpv6(String written, String text) throws UnknownHostException {
    assertThat(Endpoint.text(InetAddress.getByName(written))).isEqualTo(text);
  }

  @Test
  void shouldWriteAMappedAddressAsTheIpv4ItIs() throws UnknownHostException {
    assertThat(Endpoint.text(InetAddress.getByName("::ffff:192.0.2.1"))).isEqualTo("192.0.2.1");
  }

  @Test
  void shouldAddTheScopeOnlyWhereThereIsOne() throws UnknownHostException {
    byte[] linkLocal = InetAddress.getByName("fe80::1").getAddress();

    assertThat(Endpoint.text(Inet6Address.getByAddress(null, linkLocal, 2))).isEqualTo("fe80::1%2");
    assertThat(Endpoint.text(Inet6Address.getByAddress(null, linkLocal, 0))).isEqualTo("fe80::1");
    assertThat(
            Endpoint.text(
                new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 2), 8888)))
        .isEqualTo("[fe80::1%2]:8888");
  }

  @Test
  void shouldWriteNothingThatReadsAsAnotherAddress() throws UnknownHostException {
    Random random = new Random(5952);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[16];
      for (int b = 0; b < bytes.length; b++) {
        bytes[b] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0);
      }
      InetAddress address = InetAddress.getByAddress(bytes);

      assertThat(InetAddress.getByName(Endpoint.text(address))).isEqualTo(address);
    }
  }
}
