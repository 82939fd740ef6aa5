package io.dualport.soak;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The order of faults: each kind once, in a drawn order, then all of them anew. */
final class Deck {
  private final Random random;
  private final Deque<Fault> left = new ArrayDeque<>();

  Deck(Random random) {
    this.random = random;
  }

  /**
   * @param mayEnd whether the server may be ended; such faults come early in a round, so that a
   *     short run has them
   */
  Fault next(boolean mayEnd) {
    while (true) {
      if (left.isEmpty()) {
        shuffle();
      }
      Fault fault = left.remove();
      if (mayEnd || !fault.endsTheServer()) {
        return fault;
      }
    }
  }

  private void shuffle() {
    List<Fault> faults =
        new ArrayList<>(Stream.of(Fault.values()).filter(f -> !f.endsTheServer()).toList());
    Collections.shuffle(faults, random);
    faults.add(random.nextInt(3), Fault.SIGTERM);
    faults.add(random.nextInt(4), Fault.SIGKILL);
    left.addAll(faults);
  }
}
