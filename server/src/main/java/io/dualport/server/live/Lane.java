package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.ProtocolSnapshot;

/**
 * One of the two protocols at one moment.
 *
 * @param now its counters
 * @param before those of the reading before
 * @param seconds between the two
 * @param history bytes a second that came in, the newest last; NaN where no reading came
 */
record Lane(ProtocolSnapshot now, ProtocolSnapshot before, double seconds, double[] history) {
  double perSecond(Counter counter) {
    return (total(counter) - before.totals().get(counter)) / seconds;
  }

  /** Whether there is a message to count: TCP may carry nothing but streams that are no probe. */
  boolean hasMessages() {
    return total(Counter.MESSAGES_IN) > 0 || total(Counter.READS) == 0;
  }

  long total(Counter counter) {
    return now.totals().get(counter);
  }
}
