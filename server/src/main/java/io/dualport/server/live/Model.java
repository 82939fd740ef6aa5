package io.dualport.server.live;

import io.dualport.flow.Protocol;
import io.dualport.server.facts.ServerFacts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a picture shows, at one moment. Immutable.
 *
 * @param facts what does not change while the server runs
 * @param dashboard where it is; empty without an admin side
 * @param taken when
 * @param lanes both protocols
 * @param historySeconds between two values of a lane's history
 * @param flows every five-tuple, live or recently ended
 * @param kernel empty where the kernel shows no table
 */
public record Model(
    ServerFacts facts,
    Optional<String> dashboard,
    Instant taken,
    Map<Protocol, Lane> lanes,
    double historySeconds,
    List<FlowRow> flows,
    Optional<KernelRows> kernel) {

  /** TCP connections that are open. */
  public long openConnections() {
    return lanes.get(Protocol.TCP).now().totals().connectionsOpen();
  }
}
