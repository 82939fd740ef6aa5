package io.dualport.client.load.plan;

import io.dualport.client.target.ProtocolChoice;
import io.dualport.client.target.Target;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import io.dualport.transport.Segmentation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a run does, once the target has an address.
 *
 * @param arrivalsSeed of this process alone: machines that share a run id share no timetable
 * @param sources addresses to send from, in turn; empty for the kernel's choice
 * @param segmentation whether datagrams may leave together
 */
public record LoadPlan(
    LoadSettings settings,
    Target target,
    InetSocketAddress remote,
    long runId,
    long arrivalsSeed,
    int threads,
    MessageBytes messages,
    List<InetAddress> sources,
    Segmentation segmentation) {
  public long timeoutNanos() {
    return settings.timeout().toNanos();
  }

  /** The index of a protocol's first flow: flows of both are counted together. */
  public int firstFlow(Protocol protocol) {
    return settings.protocol().protocols().indexOf(protocol) * settings.connections();
  }

  /** What a flow is bound to, port 0 for any; or null. */
  public InetSocketAddress source(Protocol protocol, int flow) {
    if (sources.isEmpty()) {
      return null;
    }
    return new InetSocketAddress(
        sources.get((flow - firstFlow(protocol)) % sources.size()), settings.sourcePort());
  }

  /**
   * Whether each TCP connection and a UDP socket have one source port, so that their five-tuples
   * differ in the protocol alone. A connection for each message has a port for each.
   */
  public boolean hasPairs() {
    return settings.protocol() == ProtocolChoice.BOTH && !settings.connectPerMessage();
  }

  /** How many five-tuples of each protocol a thread may list; all threads share the limit. */
  public int listedFlows(int thread) {
    int limit = settings.reportFlows();
    return limit / threads + (thread < limit % threads ? 1 : 0);
  }

  public Endpoints endpoints(Protocol protocol) {
    return new Endpoints(protocol, remote);
  }

  /** The run id as reports show it. */
  public String runIdText() {
    return Words.format("%016x", runId);
  }
}
