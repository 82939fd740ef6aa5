package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowSnapshot;

/**
 * One five-tuple, and how fast it went in the last period.
 *
 * @param messagesPerSecond in; NaN where no reading before is kept, and on a stream that has none
 * @param bytesPerSecond in; NaN where no reading before is kept
 */
record FlowRow(FlowSnapshot flow, double messagesPerSecond, double bytesPerSecond) {
  long count(Counter counter) {
    return flow.counters().get(counter);
  }

  long dropped() {
    return flow.counters().sum(Counter.drops());
  }
}
