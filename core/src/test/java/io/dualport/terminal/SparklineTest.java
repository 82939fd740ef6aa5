package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SparklineTest {
  private static final Look BLOCKS = new Look(false, true);

  @Test
  void shouldScaleToTheHighestAndKeepTheNewestOnTheRight() {
    assertThat(Sparkline.of(new double[] {0, 1, 50, 100}, 4, BLOCKS)).isEqualTo("▁▂▅█");
    assertThat(Sparkline.of(new double[] {0, 1, 50, 100}, 6, BLOCKS)).isEqualTo("  ▁▂▅█");
    assertThat(Sparkline.of(new double[] {1000, 0, 50, 100}, 2, BLOCKS)).isEqualTo("▅█");
    assertThat(Sparkline.of(new double[] {0, 0}, 2, BLOCKS)).isEqualTo("▁▁");
    assertThat(Sparkline.of(new double[] {}, 3, BLOCKS)).isEqualTo("   ");
  }

  @Test
  void shouldStandOnSeveralLines() {
    assertThat(Sparkline.of(new double[] {0, 50, 100}, 3, 2, BLOCKS)).containsExactly(" ▁█", "▁██");
  }

  @Test
  void shouldDoWithoutBlocks() {
    assertThat(Sparkline.of(new double[] {0, 1, 100}, 3, new Look(false, false))).isEqualTo("_.#");
  }
}
