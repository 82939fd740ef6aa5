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
  void shouldShowThatASlowRateIsNoneOfZero() {
    assertThat(Quantities.rate(0)).isEqualTo("0.0");
    assertThat(Quantities.rate(0.44)).isEqualTo("0.4");
    assertThat(Quantities.rate(99.94)).isEqualTo("99.9");
    assertThat(Quantities.rate(99.96)).isEqualTo("100");
    assertThat(Quantities.rate(12_345.6)).isEqualTo("12,346");
  }

  @Test
  void shouldNeverCallSomeNoneNorNotAllAll() {
    assertThat(Quantities.percent(0, 0)).isEqualTo("-");
    assertThat(Quantities.percent(0, 10)).isEqualTo("0");
    assertThat(Quantities.percent(10, 10)).isEqualTo("100");
    assertThat(Quantities.percent(1, 10_000_000)).isEqualTo("< 0.001");
    assertThat(Quantities.percent(9_999_999, 10_000_000)).isEqualTo("> 99.9");
    assertThat(Quantities.percent(12, 100_000)).isEqualTo("0.012");
    assertThat(Quantities.percent(102, 10_000)).isEqualTo("1.02");
    assertThat(Quantities.percent(9_999, 100_000)).isEqualTo("10.0");
    assertThat(Quantities.percent(1, 4)).isEqualTo("25.0");
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
