package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  @Test
  void shouldAdmitSoManyASecondAndBeginAgainInTheNext() {
    RequestRate rate = new RequestRate();
    long begin = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);

    for (int i = 0; i < RequestRate.MAX_A_SECOND; i++) {
      assertThat(rate.admits(begin + i)).isTrue();
    }
    assertThat(rate.admits(begin + TimeUnit.MILLISECONDS.toNanos(999))).isFalse();
    assertThat(rate.admits(begin + TimeUnit.SECONDS.toNanos(1))).isTrue();
  }
}
