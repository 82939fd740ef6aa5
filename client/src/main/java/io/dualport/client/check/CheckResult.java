package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.message.Servers;
import io.dualport.client.target.Target;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import io.dualport.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A finished check.
 *
 * @param findings one for each protocol at each address, in the order of the addresses, TCP first
 * @param addressesLeftOut how many addresses were not checked, being more than the limit
 */
record CheckResult(
    Target target,
    long runId,
    CheckSettings settings,
    List<CheckedProtocol> findings,
    int addressesLeftOut) {

  CheckResult {
    findings = List.copyOf(findings);
  }

  boolean isOpen() {
    return findings.stream().allMatch(finding -> finding.finding().isOpen());
  }

  ExitStatus exitStatus() {
    boolean required =
        !settings.sameServer() || servers().values().stream().allMatch(Servers::areOne);
    return isOpen() && required ? ExitStatus.OPEN : ExitStatus.NOT_OPEN;
  }

  /** The findings of each address, in order; the key is null where a name has none. */
  Map<InetAddress, List<CheckedProtocol>> byAddress() {
    Map<InetAddress, List<CheckedProtocol>> byAddress = new LinkedHashMap<>();
    for (CheckedProtocol finding : findings) {
      byAddress.computeIfAbsent(finding.address(), address -> new ArrayList<>()).add(finding);
    }
    return byAddress;
  }

  /** Which servers answered at each address. */
  Map<InetAddress, Servers> servers() {
    Map<InetAddress, Servers> servers = new LinkedHashMap<>();
    byAddress()
        .forEach(
            (address, found) -> {
              Map<Protocol, Set<Long>> instances = new HashMap<>();
              found.forEach(finding -> instances.put(finding.protocol(), finding.instances()));
              servers.put(address, Servers.of(instances));
            });
    return servers;
  }

  /** The servers of each address that is known to lead to one alone. */
  Map<InetAddress, Long> instances() {
    Map<InetAddress, Long> instances = new LinkedHashMap<>();
    servers()
        .forEach(
            (address, servers) -> {
              Set<Long> ids = new TreeSet<>();
              servers.instances().values().forEach(ids::addAll);
              if (ids.size() == 1) {
                instances.put(address, ids.iterator().next());
              }
            });
    return instances;
  }

  /** An address with the port, as the table's title and the conclusion show it. */
  String endpoint(InetAddress address) {
    return address == null
        ? "no address"
        : Endpoint.text(new InetSocketAddress(address, target.port()));
  }

  /** What was asked for, by name. */
  String service() {
    return settings.service().at(target).map(Service::name).orElse(ServiceChoice.ECHO);
  }

  boolean isEcho() {
    return settings.service().at(target).isEmpty();
  }

  Transport transport() {
    return settings.transport();
  }

  String runIdText() {
    return Words.format("%016x", runId);
  }
}
