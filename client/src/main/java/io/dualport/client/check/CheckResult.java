package io.dualport.client.check;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.target.Target;
import io.dualport.transport.Transport;
import java.util.List;

/**
 * A finished check.
 *
 * @param findings one for each protocol at each address, in the order of the addresses, TCP first
 * @param addressesLeftOut how many addresses were not checked, being more than the limit
 */
record CheckResult(
    Target target, long runId, Transport transport, List<Finding> findings, int addressesLeftOut) {

  CheckResult {
    findings = List.copyOf(findings);
  }

  boolean isOpen() {
    return findings.stream().allMatch(finding -> finding.verdict().isOpen());
  }

  ExitStatus exitStatus() {
    return isOpen() ? ExitStatus.OPEN : ExitStatus.NOT_OPEN;
  }

  String runIdText() {
    return String.format("%016x", runId);
  }
}
