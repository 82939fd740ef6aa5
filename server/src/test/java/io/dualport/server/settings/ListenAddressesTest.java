package io.dualport.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dualport.kernel.LocalAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressesTest {
  @Test
  void shouldResolveAListInItsOrderEachAddressOnce() throws UnknownHostException {
    assertThat(ListenAddresses.resolve(List.of("127.0.0.2", "::1", "127.0.0.1", "127.0.0.2")))
        .containsExactly(
            InetAddress.getByName("127.0.0.2"),
            InetAddress.getByName("::1"),
            InetAddress.getByName("127.0.0.1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "0.0.0.0", "::"})
  void shouldTakeAWildcardAlone(String wildcard) {
    assertThat(ListenAddresses.resolve(List.of(wildcard)))
        .singleElement()
        .matches(InetAddress::isAnyLocalAddress);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> ListenAddresses.resolve(List.of("127.0.0.1", wildcard)));
  }

  @Test
  void shouldRefuseWhatIsNoAddress() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> ListenAddresses.resolve(List.of("127.0.0.1", "::g")));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> ListenAddresses.resolve(List.of()));
  }

  @Test
  void shouldSayWhoCanReachThePortAndHowToChangeThat() throws Exception {
    assertThat(reach("127.0.0.1", "::1"))
        .isEqualTo("this machine only; to open it: --host any, or --host ADDRESS");
    assertThat(reach("0.0.0.0"))
        .isEqualTo(
            "everybody who can route here, on every address (IPv4); to close it: --host 127.0.0.1");
    boolean hasIpv6 =
        LocalAddresses.read().unicast().stream().anyMatch(Inet6Address.class::isInstance);
    assertThat(reach("::"))
        .contains(hasIpv6 ? "(IPv4 and IPv6)" : "(IPv4; no interface carries an IPv6 address yet)");
    assertThat(reach("192.0.2.1", "2001:db8::1"))
        .isEqualTo(
            "everybody who can route to 192.0.2.1, 2001:db8::1; to close it: --host 127.0.0.1");
    assertThat(reach("127.0.0.1", "192.0.2.1"))
        .startsWith("everybody who can route to 192.0.2.1; ");
  }

  private static String reach(String... hosts) {
    return ListenAddresses.reach(ListenAddresses.resolve(List.of(hosts)));
  }
}
