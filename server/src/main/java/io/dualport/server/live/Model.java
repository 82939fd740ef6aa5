package io.dualport.server.live;

import io.dualport.flow.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a picture shows, at one moment. Immutable.
 *
 * @param facts what does not change while the server runs
 * @param taken when
 * @param lanes both protocols
 * @param historySeconds between two values of a lane's history
 * @param flows every five-tuple, live or recently ended
 * @param kernel empty where the kernel shows no table
 */
public record Model(
    Facts facts,
    Instant taken,
    Map<Protocol, Lane> lanes,
    double historySeconds,
    List<FlowRow> flows,
    Optional<KernelRows> kernel) {

  /** TCP connections that are open. */
  public long openConnections() {
    return lanes.get(Protocol.TCP).now().totals().connectionsOpen();
  }

  /**
   * What does not change while the server runs.
   *
   * @param setup transport and event loops, in words
   * @param guard whether likely reflectors are refused
   * @param backlog connections that a listener's accept queue holds
   * @param dashboard where it is; empty without an admin side
   * @param drain how long a stop waits for open connections
   * @param started when
   */
  public record Facts(
      int port,
      String setup,
      boolean guard,
      int backlog,
      Optional<String> dashboard,
      Duration drain,
      Instant started) {}
}
