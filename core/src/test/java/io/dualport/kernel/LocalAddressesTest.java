package io.dualport.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class LocalAddressesTest {
  @Test
  void shouldKnowTheLoopbackOfThisMachine() throws Exception {
    LocalAddresses addresses = LocalAddresses.read();

    assertThat(addresses.unicast())
        .contains(address("127.0.0.1"))
        .doesNotContain(address("240.0.0.1"));
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> addresses.unicast().clear());
  }

  @Test
  void shouldKnowBroadcastsFromOtherAddresses() throws Exception {
    LocalAddresses addresses = LocalAddresses.read();

    assertThat(addresses.isBroadcast(address("255.255.255.255"))).isTrue();
    assertThat(addresses.isBroadcast(address("127.255.255.255"))).isTrue();
    assertThat(addresses.isBroadcast(address("240.0.0.255"))).isFalse();
    assertThat(addresses.unicast()).noneMatch(addresses::isBroadcast);
  }

  @Test
  void shouldComputeTheBroadcastOfANetwork() throws Exception {
    assertThat(LocalAddresses.broadcast(address("10.1.2.3"), 20)).contains(address("10.1.15.255"));
    assertThat(LocalAddresses.broadcast(address("10.1.2.1"), 30)).contains(address("10.1.2.3"));
    assertThat(LocalAddresses.broadcast(address("10.1.2.1"), 31)).isEmpty();
    assertThat(LocalAddresses.broadcast(address("10.1.2.1"), 32)).isEmpty();
    assertThat(LocalAddresses.broadcast(address("fe80::1"), 24)).isEmpty();
  }

  private static InetAddress address(String text) throws UnknownHostException {
    return InetAddress.getByName(text);
  }
}
