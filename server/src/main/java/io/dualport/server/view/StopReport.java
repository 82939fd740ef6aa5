package io.dualport.server.view;

import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.NetCounters;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.kernel.KernelShare;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What there is to say when the server has stopped.
 *
 * @param flows the final counters
 * @param kernel what the kernel counted meanwhile for all sockets of the network namespace
 * @param kernelDrops datagrams the kernel dropped at this port's sockets before we could read them;
 *     empty where it shows no socket table
 * @param uptime from bound to stopped
 * @param listedFlows how many five-tuples to list
 */
public record StopReport(
    ServerFacts facts,
    TableSnapshot flows,
    Optional<NetCounters> kernel,
    OptionalLong kernelDrops,
    Duration uptime,
    int listedFlows) {

  /** What of the kernel's counts is this port's; empty where the kernel shows none. */
  List<KernelShare> shares() {
    return kernel
        .map(counters -> KernelShare.of(counters, flows.totals(), kernelDrops))
        .orElse(List.of());
  }
}
