package io.dualport.client.send;

import io.dualport.probe.Stamp;

/**
 * The stamps of one protocol.
 *
 * @param first the first that came; null if none
 * @param differ whether a later one names another five-tuple
 */
record Stamps(Stamp first, boolean differ) {
  static final Stamps NONE = new Stamps(null, false);

  Stamps with(Stamp stamp) {
    if (first == null) {
      return new Stamps(stamp, false);
    }
    return differ || first.tuple().equals(stamp.tuple()) ? this : new Stamps(first, true);
  }
}
