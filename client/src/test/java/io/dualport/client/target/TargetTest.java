package io.dualport.client.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.config.SettingException;
import io.dualport.flow.Endpoint;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @ParameterizedTest
  @CsvSource({
    "localhost:8888,localhost,8888",
    "192.0.2.1:1,192.0.2.1,1",
    "[::1]:65535,::1,65535",
    "[fe80::1%lo]:80,fe80::1%lo,80"
  })
  void shouldReadTargets(String text, String host, int port) {
    assertThat(Target.parse(text)).isEqualTo(new Target(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:1,127.0.0.1",
    "0.0.0.0:1,127.0.0.1",
    "[::]:1,::1",
    "[::ffff:192.0.2.1]:1,192.0.2.1",
    "[fe80::1%1]:1,fe80::1%1"
  })
  void shouldResolveWhatCanBeSentTo(String target, String address) throws Exception {
    assertThat(Target.parse(target).resolveAll(TIMEOUT))
        .extracting(Endpoint::text)
        .containsExactly(address);
  }

  @Test
  void shouldAskForTheLinkOfALinkLocalAddress() {
    assertThatThrownBy(() -> Target.parse("[fe80::1]:80").resolve(TIMEOUT))
        .isInstanceOf(UnresolvedException.class)
        .hasMessage("fe80::1 is link-local, and which link is meant is not said")
        .extracting(e -> ((UnresolvedException) e).advice())
        .asString()
        .startsWith("the interface behind the address, as in [fe80::1%");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch", "99999"})
  void shouldSayThatThereIsNoSuchLink(String zone) {
    assertThatThrownBy(() -> Target.parse("[fe80::1%" + zone + "]:80").resolve(TIMEOUT))
        .isInstanceOf(UnresolvedException.class)
        .hasMessage("fe80::1%" + zone + ": there is no interface " + zone + " here")
        .extracting(e -> ((UnresolvedException) e).advice())
        .asString()
        .startsWith("one that there is, as in [fe80::1%");
  }

  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "[ff02::1%1]"})
  void shouldRefuseTheAddressOfManyHosts(String host) {
    assertThatThrownBy(() -> Target.parse(host + ":80").resolve(TIMEOUT))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining("must be the address of one host");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost 8888, localhost:8888",
    "::1 8888, [::1]:8888",
    "[::1] 8888, [::1]:8888",
    "fe80::1%eth0 8888, [fe80::1%eth0]:8888",
    "localhost:8888, localhost:8888"
  })
  void shouldTakeHostAndPortAsTwoWords(String words, String shown) {
    assertThat(Target.parse(List.of(words.split(" ")))).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:1 2", "h:1 i:2", "localhost:1 localhost"})
  void shouldRefuseTwoTargets(String words) {
    assertThatThrownBy(() -> Target.parse(List.of(words.split(" "))))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("HOST:PORT = " + words + " (from the command line): must be ");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost",
    "localhost:0",
    "localhost:65536",
    ":8888",
    "::1:8888",
    "[::1]",
    "a:b",
    "''"
  })
  void shouldRefuseOtherTargets(String text) {
    assertThatThrownBy(() -> Target.parse(text))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("HOST:PORT = " + text + " (from the command line): must be ");
  }
}
