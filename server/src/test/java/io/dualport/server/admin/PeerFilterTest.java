package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerFilterTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3,          10.1.2.3, 5, true",
    "10.1.2.3,          10.1.2.4, 5, false",
    "10.1.2.3:5,        10.1.2.3, 5, true",
    "10.1.2.3:5,        10.1.2.3, 6, false",
    ":5,                10.1.2.3, 5, true",
    ":5,                2001:db8::1, 5, true",
    ":5,                10.1.2.3, 6, false",
    "10.1.2.0/23,       10.1.3.255, 5, true",
    "10.1.2.0/23,       10.1.4.0, 5, false",
    "10.1.2.128/25,     10.1.2.127, 5, false",
    "0.0.0.0/0,         10.1.2.3, 5, true",
    "0.0.0.0/0,         2001:db8::1, 5, false",
    "2001:db8::1,       2001:db8::1, 5, true",
    "[2001:db8::1]:5,   2001:db8::1, 5, true",
    "[2001:db8::1]:5,   2001:db8::1, 6, false",
    "2001:db8::/33,     2001:db8:7fff::1, 5, true",
    "2001:db8::/33,     2001:db8:8000::1, 5, false",
    "::ffff:10.1.2.3,   10.1.2.3, 5, true"
  })
  void shouldMatchWhatItNames(String filter, String address, int port, boolean matches)
      throws BadParameterException {
    assertThat(PeerFilter.parse(filter).matches(new InetSocketAddress(address, port)))
        .isEqualTo(matches);
  }
}
