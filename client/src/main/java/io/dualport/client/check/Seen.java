package io.dualport.client.check;

import io.dualport.client.message.OnTheWay;
import io.dualport.flow.FiveTuple;
import io.dualport.probe.Stamp;
import java.net.InetSocketAddress;

/**
 * The five-tuple as a server says it saw it.
 *
 * @param destination null if it does not tell
 * @param instance the id of the server; null if it has none
 */
record Seen(InetSocketAddress source, InetSocketAddress destination, Long instance) {
  /** Null for no stamp. */
  static Seen of(Stamp stamp) {
    return stamp == null
        ? null
        : new Seen(stamp.tuple().source(), stamp.tuple().destination(), stamp.instanceId());
  }

  /** Null for no address. */
  static Seen of(InetSocketAddress mapped) {
    return mapped == null ? null : new Seen(mapped, null, null);
  }

  /** Whether it is what was sent from, as far as it tells. */
  boolean isSame(FiveTuple ours) {
    return tuple(ours).equals(ours);
  }

  /** What became of ours on the way. */
  String onTheWay(FiveTuple ours) {
    String text = OnTheWay.text(ours, tuple(ours));
    return destination == null && isSame(ours) ? "same source" : text;
  }

  private FiveTuple tuple(FiveTuple ours) {
    return new FiveTuple(
        ours.protocol(), source, destination == null ? ours.destination() : destination);
  }
}
