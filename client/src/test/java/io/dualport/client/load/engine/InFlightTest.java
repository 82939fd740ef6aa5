package io.dualport.client.load.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class InFlightTest {
  @Test
  void shouldAgreeWithAMapWhateverComesAndGoes() {
    InFlight flight = new InFlight();
    Map<Long, Long> expected = new HashMap<>();
    Random random = new Random(42);
    for (long n = 0; n < 20_000; n++) {
      flight.add(n, 2 * n, n);
      expected.put(n, 2 * n);
      while (expected.size() > random.nextInt(200)) {
        long gone = (long) expected.keySet().toArray()[random.nextInt(expected.size())];
        flight.remove(flight.find(gone));
        expected.remove(gone);
        assertThat(flight.find(gone)).isEqualTo(InFlight.ABSENT);
      }
      assertThat(flight.size()).isEqualTo(expected.size());
      long oldest = expected.isEmpty() ? -1 : new TreeSet<>(expected.keySet()).first();
      assertThat(flight.oldest()).isEqualTo(oldest);
      if (n % 100 == 0) {
        expected.forEach(
            (number, intended) ->
                assertThat(flight.intendedNanos(flight.find(number))).isEqualTo(intended));
      }
    }
  }

  @Test
  void shouldExpireWhatIsOldAndKeepTheRest() {
    InFlight flight = new InFlight();
    for (long n = 0; n < 100; n++) {
      flight.add(n, 0, n);
    }
    List<Long> lost = new ArrayList<>();
    flight.expire(49, (n, sent) -> lost.add(n));
    flight.expire(49, (n, sent) -> lost.add(n)); // what moved around the end of the table meanwhile

    assertThat(lost).hasSize(50).allMatch(n -> n < 50);
    assertThat(flight.size()).isEqualTo(50);
    for (long n = 50; n < 100; n++) {
      assertThat(flight.find(n)).isNotEqualTo(InFlight.ABSENT);
    }
  }

  @Test
  void shouldRememberEchoesForAWhile() {
    RecentEchoes echoes = new RecentEchoes();
    long far = 5L * RecentEchoes.MEMORY + 17;
    echoes.add(far);
    assertThat(echoes.contains(far, far + 1)).isTrue();
    assertThat(echoes.contains(far - 1, far + 1)).isFalse();
    assertThat(echoes.contains(far, far + RecentEchoes.MEMORY)).isTrue();
    assertThat(echoes.contains(far, far + RecentEchoes.MEMORY + 1)).isFalse();
    echoes.forget(far + RecentEchoes.MEMORY);
    assertThat(echoes.contains(far + RecentEchoes.MEMORY, far + RecentEchoes.MEMORY + 1)).isFalse();
  }
}
