package io.dualport.client.send;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.target.Target;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.util.List;

/**
 * A finished run.
 *
 * @param address what the target's name resolved to; null if it did not
 * @param rehearsal what became of the datagrams that the rehearsal sent to itself, where the target
 *     is this machine, whose kernel counted both; else null
 * @param protocols one or two, TCP first
 */
record SendResult(
    Target target,
    InetAddress address,
    SendPlan plan,
    Transport transport,
    Tally rehearsal,
    List<ProtocolResult> protocols) {

  SendResult {
    protocols = List.copyOf(protocols);
  }

  boolean isOpen() {
    return protocols.stream().allMatch(protocol -> protocol.verdict().isOpen());
  }

  ExitStatus exitStatus() {
    return isOpen() ? ExitStatus.OPEN : ExitStatus.NOT_OPEN;
  }
}
