package io.dualport.client.send;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.message.Servers;
import io.dualport.client.target.Target;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A finished run.
 *
 * @param address what the target's name resolved to; null if it did not
 * @param sameServer whether both protocols must be proven to reach one server
 * @param rehearsal what became of the datagrams that the rehearsal sent to itself, where the target
 *     is this machine, whose kernel counted both; else null
 * @param interrupted whether somebody did not wait for its end
 * @param protocols one or two, TCP first
 */
record SendResult(
    Target target,
    InetAddress address,
    SendPlan plan,
    Transport transport,
    boolean sameServer,
    ExchangeCounts rehearsal,
    boolean interrupted,
    List<ProtocolResult> protocols) {

  SendResult {
    protocols = List.copyOf(protocols);
  }

  boolean isOpen() {
    return protocols.stream().allMatch(protocol -> protocol.finding().isOpen());
  }

  /** Which servers answered, by the stamps. */
  Servers servers() {
    return Servers.of(
        protocols.stream()
            .collect(Collectors.toMap(ProtocolResult::protocol, p -> p.stamps().instances())));
  }

  ExitStatus exitStatus() {
    return isOpen() && (!sameServer || servers().areOne()) ? ExitStatus.OPEN : ExitStatus.NOT_OPEN;
  }
}
