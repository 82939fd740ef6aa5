package io.dualport.client.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.config.SettingException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
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
