package io.dualport.client.merge;

import io.dualport.client.load.count.Count;
import io.dualport.flow.Protocol;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * One protocol of all logs together.
 *
 * @param unit of the histogram's values
 * @param histogram of every interval
 * @param logs those that say anything of this protocol
 */
record ProtocolMerge(Protocol protocol, Unit unit, Histogram histogram, List<LogSummary> logs) {

  /** How many intervals were read. */
  long intervals() {
    return logs.stream().mapToLong(log -> log.intervals().getOrDefault(protocol, 0L)).sum();
  }

  /** How many latencies the intervals hold. */
  long samples() {
    return histogram.getTotalCount();
  }

  /** The counts that are there. */
  List<LoggedCounts> counts() {
    return logs.stream().map(log -> log.counts().get(protocol)).filter(Objects::nonNull).toList();
  }

  /** How many logs were killed before they could write their counts. */
  int logsWithoutCounts() {
    return logs.size() - counts().size();
  }

  /** The sum over the logs that have counts; null if none has. */
  BigDecimal sum(Count count) {
    return sum(counts -> counts.values().get(count));
  }

  /** As {@link #sum(Count)}, of the connections. */
  BigDecimal connections() {
    return sum(LoggedCounts::connections);
  }

  private BigDecimal sum(ToLongFunction<LoggedCounts> one) {
    return counts().stream()
        .map(counts -> BigDecimal.valueOf(one.applyAsLong(counts)))
        .reduce(BigDecimal::add)
        .orElse(null);
  }

  /**
   * Each log's echoes over its own measured seconds, summed over the logs that have counts; null if
   * none measured for any time.
   */
  BigDecimal echoedPerSecond() {
    return counts().stream()
        .filter(counts -> counts.seconds().signum() > 0)
        .map(
            counts ->
                BigDecimal.valueOf(counts.values().get(Count.ECHOED))
                    .divide(counts.seconds(), MathContext.DECIMAL64))
        .reduce(BigDecimal::add)
        .orElse(null);
  }

  /** A percentile of the merged histogram; null without any latency. */
  Long percentileNanos(double percentile) {
    return samples() == 0 ? null : histogram.getValueAtPercentile(percentile) * unit.nanos();
  }

  /** The smallest latency; null without any. */
  Long minNanos() {
    return samples() == 0 ? null : histogram.getMinValue() * unit.nanos();
  }

  /** The largest latency; null without any. */
  Long maxNanos() {
    return samples() == 0 ? null : histogram.getMaxValue() * unit.nanos();
  }
}
