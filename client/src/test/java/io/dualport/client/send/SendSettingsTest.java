package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.ClientKeys;
import io.dualport.client.command.ProgressChoice;
import io.dualport.client.target.ProtocolChoice;
import io.dualport.config.SettingException;
import io.dualport.report.Format;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendSettingsTest {
  @Test
  void shouldReadTheDefaults() {
    assertThat(load(Map.of(), Map.of(), null))
        .isEqualTo(
            new SendSettings(
                ProtocolChoice.BOTH,
                5,
                128,
                Duration.ofMillis(10),
                Duration.ofSeconds(2),
                0,
                Format.TEXT,
                Transport.automatic(),
                false,
                ProgressChoice.AUTO,
                true));
  }

  @Test
  void shouldPutCommandLineOverEnvironmentOverFileOverDefault(@TempDir Path folder)
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("my.conf"), "client { count = 2, size = 2, timeout = 2s, stamp = off }");
    Map<String, String> environment = Map.of("DUAL_CLIENT_COUNT", "3", "DUAL_CLIENT_SIZE", "3");

    SendSettings settings = load(Map.of("count", "4"), environment, file);

    assertThat(settings.count()).isEqualTo(4);
    assertThat(settings.size()).isEqualTo(3);
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.stamp()).isFalse();
    assertThat(settings.interval()).isEqualTo(Duration.ofMillis(10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          protocol    | sctp    | one of both, tcp, udp
          count       | 0       | a whole number from 1 to 1000000
          count       | 1000001 | a whole number from 1 to 1000000
          size        | -1      | a whole number from 0 to 16777216
          interval    | 3601    | a duration in seconds or with a unit (ms, s, m, h, d) from 0s to 3600s
          interval    | 61m     | a duration in seconds or with a unit (ms, s, m, h, d) from 0s to 3600s
          timeout     | 0ms     | a duration in seconds or with a unit (ms, s, m, h, d) from 1ms to 3600s
          source-port | 65536   | a whole number from 0 to 65535
          format      | xml     | one of text, markdown, json
          transport   | carrier | auto, or one that works here:
          stamp       | maybe   | on or off
          """)
  void shouldNameKeyValueOriginAndWhatIsAllowed(String key, String value, String allowed) {
    assertThatThrownBy(() -> load(Map.of(key, value), Map.of(), null))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith(
            "client." + key + " = " + value + " (from --" + key + "): must be " + allowed);
  }

  @ParameterizedTest
  @CsvSource({"both,65508", "udp,65508"})
  void shouldHoldTheUdpLimitWhereverUdpIsAsked(String protocol, String size) {
    assertThatThrownBy(() -> load(Map.of("protocol", protocol, "size", size), Map.of(), null))
        .hasMessage(
            "client.size = 65508 (from --size): with protocol %s must be a whole number from 0 to 65507, the most one UDP datagram carries; --protocol tcp takes up to 16777216"
                .formatted(protocol));
    assertThat(load(Map.of("protocol", "tcp", "size", size), Map.of(), null).size())
        .isEqualTo(65508);
  }

  private static SendSettings load(
      Map<String, String> typed, Map<String, String> environment, Path file) {
    return SendSettings.of(ClientKeys.load(typed, environment, file));
  }
}
