package io.dualport.client.send;

import org.HdrHistogram.Histogram;

/**
 * Round-trip times, each from handing the message's first byte to the kernel to reading its last
 * byte back. Nanoseconds, to three significant digits.
 */
record RoundTrips(long minNanos, long p50Nanos, long p99Nanos, long maxNanos) {

  /** The summary of a histogram; null if it is empty, since 0 would be a lie. */
  static RoundTrips of(Histogram histogram) {
    return histogram.getTotalCount() == 0
        ? null
        : new RoundTrips(
            histogram.getMinValue(),
            histogram.getValueAtPercentile(50),
            histogram.getValueAtPercentile(99),
            histogram.getMaxValue());
  }
}
