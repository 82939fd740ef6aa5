package io.dualport.client.merge;

import io.dualport.flow.Protocol;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What remains of one log once its intervals are added to those of the others.
 *
 * @param file as it was typed
 * @param intervals how many, by protocol; none without any
 * @param counts by protocol; none where the run was killed
 * @param startMillis of the first interval, since the epoch
 * @param endMillis of the last interval
 * @param cutLine the number of the last line, if it was cut short and left out; else 0
 */
record LogSummary(
    String file,
    LogHeader header,
    Map<Protocol, Long> intervals,
    Map<Protocol, LoggedCounts> counts,
    long startMillis,
    long endMillis,
    long cutLine) {

  /** Those that this log says anything of. */
  Set<Protocol> protocols() {
    Set<Protocol> protocols = new TreeSet<>(intervals.keySet());
    protocols.addAll(counts.keySet());
    return protocols;
  }
}
