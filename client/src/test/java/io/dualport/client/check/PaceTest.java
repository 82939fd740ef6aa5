package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
  @Test
  void shouldLetNoSecondHaveMoreThanTheBurstAndTheRateTogether() {
    assertNoMoreThan(Pace.BURST + Pace.PER_SECOND, Pace.ofEchoes());
  }

  @Test
  void shouldLetAServiceHaveNoMoreThanTenInASecond() {
    assertNoMoreThan(10, Pace.ofServices());
  }

  private static void assertNoMoreThan(int most, Pace pace) {
    long[] nanos = new long[most + 5];

    for (int i = 0; i < nanos.length; i++) {
      pace.await();
      nanos[i] = System.nanoTime();
    }

    for (int i = 0; i + most < nanos.length; i++) {
      assertThat(nanos[i + most] - nanos[i]).isGreaterThan(TimeUnit.SECONDS.toNanos(1));
    }
  }
}
