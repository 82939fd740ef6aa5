package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.kernel.LocalAddresses;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {
  private static final int OWN_PORT = 8888;
  private static final List<Integer> REFLECTORS = List.of(7, 13, 17, 19, 37);

  private static LocalAddresses local;

  @BeforeAll
  static void readAddresses() throws SocketException {
    local = LocalAddresses.read();
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,       0,     DROPPED_SOURCE_PORT_ZERO",
    "0.0.0.0,         40000, DROPPED_UNSPECIFIED_SOURCE",
    "::,              40000, DROPPED_UNSPECIFIED_SOURCE",
    "192.0.2.1,       8888,  DROPPED_OWN_PORT",
    "2001:db8::1,     8888,  DROPPED_OWN_PORT",
    "192.0.2.1,       7,     DROPPED_REFLECTOR_PORT",
    "192.0.2.1,       13,    DROPPED_REFLECTOR_PORT",
    "192.0.2.1,       17,    DROPPED_REFLECTOR_PORT",
    "192.0.2.1,       19,    DROPPED_REFLECTOR_PORT",
    "2001:db8::1,     37,    DROPPED_REFLECTOR_PORT",
    "224.0.0.1,       40000, DROPPED_MULTICAST_SOURCE",
    "239.255.255.255, 40000, DROPPED_MULTICAST_SOURCE",
    "ff02::1,         40000, DROPPED_MULTICAST_SOURCE",
    "255.255.255.255, 40000, DROPPED_BROADCAST_SOURCE",
    "127.255.255.255, 40000, DROPPED_BROADCAST_SOURCE"
  })
  void shouldRefuseByReason(String source, int port, Counter reason) {
    assertThat(refusal(true, source, port)).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,       53",
    "192.0.2.1,       8887",
    "192.0.2.1,       65535",
    "192.0.2.1,       1",
    "223.255.255.255, 40000",
    "127.0.0.1,       40000",
    "2001:db8::1,     40000",
    "fe80::1,         40000"
  })
  void shouldLetClientsThrough(String source, int port) {
    assertThat(refusal(true, source, port)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {8888, 7, 40000})
  void shouldRefuseNothingThatCouldBeAnsweredWhenOff(int port) {
    assertThat(refusal(false, "192.0.2.1", port)).isNull();
    assertThat(refusal(false, "224.0.0.1", port)).isNull();
    assertThat(refusal(false, "255.255.255.255", port)).isNull();
    assertThat(refusal(false, "::", port)).isEqualTo(Counter.DROPPED_UNSPECIFIED_SOURCE);
    assertThat(refusal(false, "192.0.2.1", 0)).isEqualTo(Counter.DROPPED_SOURCE_PORT_ZERO);
  }

  @Test
  void shouldKnowNoReflectorsButTheListedOnes() {
    InetSocketAddress echo = new InetSocketAddress("192.0.2.1", 7);

    assertThat(new Guard(true, OWN_PORT, List.of()).refusal(echo, local)).isNull();
    assertThat(new Guard(true, 7, List.of()).refusal(echo, local))
        .isEqualTo(Counter.DROPPED_OWN_PORT);
  }

  private static Counter refusal(boolean on, String source, int port) {
    return new Guard(on, OWN_PORT, REFLECTORS).refusal(new InetSocketAddress(source, port), local);
  }
}
