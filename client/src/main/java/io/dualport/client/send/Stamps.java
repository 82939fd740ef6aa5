package io.dualport.client.send;

import io.dualport.probe.Stamp;
import java.util.ArrayList;
import java.util.List;

/**
 * The stamps of one protocol.
 *
 * @param first the first that came; null if none
 * @param differ whether a later one names another five-tuple
 * @param instances the servers that they name, up to a limit, in the order they came
 */
record Stamps(Stamp first, boolean differ, List<Long> instances) {
  static final Stamps NONE = new Stamps(null, false, List.of());

  /** A server that makes one up for each message shall not fill the memory. */
  private static final int MOST_INSTANCES = 16;

  Stamps with(Stamp stamp) {
    boolean isNew = instances.size() < MOST_INSTANCES && !instances.contains(stamp.instanceId());
    boolean differs = differ || first != null && !first.tuple().equals(stamp.tuple());
    if (!isNew && differs == differ) {
      return this;
    }
    List<Long> named = new ArrayList<>(instances);
    if (isNew) {
      named.add(stamp.instanceId());
    }
    return new Stamps(first == null ? stamp : first, differs, List.copyOf(named));
  }
}
