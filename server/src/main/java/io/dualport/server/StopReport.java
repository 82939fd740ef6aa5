package io.dualport.server;

import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.NetCounters;
import java.time.Duration;
import java.util.Optional;

/**
 * What there is to say when the server has stopped.
 *
 * @param instance names the start among all others, as stamps and metrics do
 * @param flows the final counters
 * @param kernel what the kernel counted meanwhile for all sockets of the network namespace
 * @param kernelDrops datagrams the kernel dropped at this port's sockets before we could read them
 * @param uptime from bound to stopped
 * @param listedFlows how many five-tuples to list
 */
record StopReport(
    String instance,
    TableSnapshot flows,
    Optional<NetCounters> kernel,
    long kernelDrops,
    Duration uptime,
    int listedFlows) {}
