package io.dualport.client.merge;

import java.util.Arrays;
import java.util.Optional;

/** The unit of the values that a log's histograms hold. */
enum Unit {
  NS("ns", 1),
  US("us", 1_000),
  MS("ms", 1_000_000),
  S("s", 1_000_000_000);

  private final String label;
  private final long nanos;

  Unit(String label, long nanos) {
    this.label = label;
    this.nanos = nanos;
  }

  String label() {
    return label;
  }

  long nanos() {
    return nanos;
  }

  static Optional<Unit> named(String label) {
    return Arrays.stream(values()).filter(unit -> unit.label.equals(label)).findFirst();
  }
}
