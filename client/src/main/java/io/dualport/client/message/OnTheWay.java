package io.dualport.client.message;

import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import java.util.ArrayList;
import java.util.List;

/** What became of a five-tuple on the way to the server: a NAT or a relay rewrites it. */
public final class OnTheWay {
  private OnTheWay() {}

  /**
   * As in {@code rewritten: source 10.0.0.2:4000 became 192.0.2.1:6000}, or {@code same}.
   *
   * @param ours what was sent from
   * @param seen what the server saw
   */
  public static String text(FiveTuple ours, FiveTuple seen) {
    List<String> changes = new ArrayList<>();
    if (!ours.source().equals(seen.source())) {
      changes.add(
          "source " + Endpoint.text(ours.source()) + " became " + Endpoint.text(seen.source()));
    }
    if (!ours.destination().equals(seen.destination())) {
      changes.add(
          "destination "
              + Endpoint.text(ours.destination())
              + " became "
              + Endpoint.text(seen.destination()));
    }
    return changes.isEmpty() ? "same" : "rewritten: " + String.join(", ", changes);
  }
}
