package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class WorkBudgetTest {
  private final WorkBudget budget = new WorkBudget();
  private final long begin = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);

  private void spend(long millis) {
    budget.spent(0, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private boolean admitsAfter(long millis) {
    return budget.admits(begin + TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void shouldAdmitWorkUntilItIsSpent() {
    assertThat(admitsAfter(0)).isTrue();
    spend(399);
    assertThat(admitsAfter(0)).isTrue();
    spend(2);
    assertThat(admitsAfter(0)).isFalse();
  }

  @Test
  void shouldEarnItBackInTime() {
    assertThat(admitsAfter(0)).isTrue();
    spend(800); // one answer may cost more than there is
    assertThat(admitsAfter(990)).isFalse();
    assertThat(admitsAfter(1010)).isTrue();
  }

  @Test
  void shouldSaveNoMoreThanASecond() {
    assertThat(admitsAfter(60_000)).isTrue();
    spend(401);
    assertThat(admitsAfter(60_000)).isFalse();
  }

  @Test
  void shouldChargeNothingForWaiting() {
    long waitNanos = TimeUnit.MILLISECONDS.toNanos(50);
    long begun = System.nanoTime();
    long spentAtFirst = WorkBudget.spendingNanos();
    while (System.nanoTime() - begun < waitNanos) {
      LockSupport.parkNanos(waitNanos);
    }
    assertThat(WorkBudget.spendingNanos() - spentAtFirst).isPositive().isLessThan(waitNanos / 2);
  }
}
