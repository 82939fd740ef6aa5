package io.dualport.client.load.report;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.message.Servers;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What one run did, to the end or until it was interrupted.
 *
 * @param seconds how long was measured: what was due in that time, until the last of it was sent
 * @param beginNanos when the measured time began, a reading of {@link System#nanoTime}
 * @param beginEpochNanos the same as ns since the Unix epoch
 * @param backlogNanos how much of that was after its end, for what could not be sent in time
 * @param logFailed whether the interval log could not be written to the end
 * @param pairs connections that had one source port with a datagram socket when they were opened
 */
public record LoadResult(
    LoadPlan plan,
    double seconds,
    long beginNanos,
    long beginEpochNanos,
    long backlogNanos,
    boolean interrupted,
    boolean logFailed,
    long pairs,
    List<ProtocolLoad> protocols) {

  /** Which servers answered, by the stamps of the flows' first messages. */
  Servers servers() {
    return Servers.of(
        protocols.stream()
            .collect(Collectors.toMap(ProtocolLoad::protocol, ProtocolLoad::instances)));
  }

  /** Whether every message came back whole, and from one server if that was asked. */
  public ExitStatus exitStatus() {
    boolean asked = !plan.settings().sameServer() || servers().areOne();
    return !logFailed && asked && protocols.stream().allMatch(ProtocolLoad::isWhole)
        ? ExitStatus.OPEN
        : ExitStatus.NOT_OPEN;
  }
}
