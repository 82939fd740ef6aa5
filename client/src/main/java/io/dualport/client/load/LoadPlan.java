package io.dualport.client.load;

import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a run does, once the target has an address.
 *
 * @param sources addresses to send from, in turn; empty for the kernel's choice
 */
record LoadPlan(
    LoadSettings settings,
    Target target,
    InetSocketAddress remote,
    long runId,
    int threads,
    MessageBytes messages,
    List<InetAddress> sources) {
  /** Datagrams read from one socket before another has its turn. */
  private static final int READS_AT_ONCE = 16;

  long timeoutNanos() {
    return settings.timeout().toNanos();
  }

  /** The index of a protocol's first flow: flows of both are counted together. */
  int firstFlow(Protocol protocol) {
    return settings.protocol().protocols().indexOf(protocol) * settings.connections();
  }

  /** The address that a flow is bound to, or null. */
  InetAddress source(Protocol protocol, int flow) {
    if (sources.isEmpty()) {
      return null;
    }
    return sources.get((flow - firstFlow(protocol)) % sources.size());
  }

  Endpoints endpoints(Protocol protocol) {
    int reads = protocol == Protocol.TCP ? 1 : Math.min(settings.window(), READS_AT_ONCE);
    return new Endpoints(protocol, remote, settings.sourcePort(), reads);
  }

  /** The run id as reports show it. */
  String runIdText() {
    return String.format("%016x", runId);
  }
}
