package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 ns",
    "999, 999 ns",
    "1000, 1 µs",
    "45000, 45 µs",
    "45600, 45.6 µs",
    "1234567, 1.23 ms",
    "999499, 999 µs",
    "999500, 1 ms",
    "1500000000, 1.5 s",
    "59940000000, 59.9 s",
    "59960000000, 1 min",
    "60000000000, 1 min",
    "125900000000, 2 min 5 s",
    "3600000000000, 1 h",
    "11520000000000, 3 h 12 min",
    "349200000000000, 4 d 1 h",
    "-1500, -1.5 µs",
  })
  void shouldReadNaturally(long nanos, String expected) {
    assertThat(Durations.text(nanos)).isEqualTo(expected);
  }

  @Test
  void shouldNotOverflow() {
    assertThat(Durations.text(Long.MAX_VALUE)).isEqualTo("106751 d 23 h");
    assertThat(Durations.text(Long.MIN_VALUE)).isEqualTo("-106751 d 23 h");
    assertThat(Durations.text(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo("106751 d 23 h");
    assertThat(Durations.text(Duration.ofMillis(20))).isEqualTo("20 ms");
  }
}
