package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuantitiesTest {
  @Test
  void shouldWriteCountsOutUntilTheyGetLong() {
    assertThat(Quantities.count(0)).isEqualTo("0");
    assertThat(Quantities.count(12_345.6)).isEqualTo("12,346");
    assertThat(Quantities.count(9_999_999)).isEqualTo("9,999,999");
    assertThat(Quantities.count(10_000_000)).isEqualTo("10.0 M");
    assertThat(Quantities.count(Long.MAX_VALUE)).isEqualTo("9.22 E");
  }

  @Test
  void shouldGiveSizesThreeDigits() {
    assertThat(Quantities.bytes(0)).isEqualTo("0 B");
    assertThat(Quantities.bytes(999)).isEqualTo("999 B");
    assertThat(Quantities.bytes(999.6)).isEqualTo("1.00 kB");
    assertThat(Quantities.bytes(1_580_000)).isEqualTo("1.58 MB");
    assertThat(Quantities.bytes(99_960)).isEqualTo("100 kB");
    assertThat(Quantities.bytes(99_940)).isEqualTo("99.9 kB");
  }
}
