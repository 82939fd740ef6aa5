package io.dualport.client.merge;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What many logs say together.
 *
 * @param logs at least one, by file name
 * @param protocols at least one, TCP first
 */
record MergeResult(List<LogSummary> logs, List<ProtocolMerge> protocols) {

  SortedSet<String> targets() {
    return distinct(LogHeader::target);
  }

  SortedSet<String> addresses() {
    return distinct(LogHeader::address);
  }

  SortedSet<String> runs() {
    return distinct(LogHeader::run);
  }

  SortedSet<String> modes() {
    return distinct(LogHeader::mode);
  }

  private SortedSet<String> distinct(Function<LogHeader, String> part) {
    return logs.stream()
        .map(log -> part.apply(log.header()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** From the first interval of any log to the last, by the clocks of the machines. */
  long spanMillis() {
    return logs.stream().mapToLong(LogSummary::endMillis).max().orElseThrow()
        - logs.stream().mapToLong(LogSummary::startMillis).min().orElseThrow();
  }

  /** While all logs ran at the same time; 0 if they never did. */
  long overlapMillis() {
    long overlap =
        logs.stream().mapToLong(LogSummary::endMillis).min().orElseThrow()
            - logs.stream().mapToLong(LogSummary::startMillis).max().orElseThrow();
    return Math.max(0, overlap);
  }
}
