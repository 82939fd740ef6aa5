package io.dualport.client.verify;

import java.util.Map;
import java.util.Optional;

/**
 * The server's counters.
 *
 * @param isGiven whether there are any
 * @param isComplete whether they list every five-tuple that the server met
 * @param kernelDrops datagrams that the kernel dropped before the server's sockets; 0 if not told
 */
record ServerCounts(
    boolean isGiven, boolean isComplete, long kernelDrops, Map<FlowKey, ServerFlow> flows) {
  static final ServerCounts NONE = new ServerCounts(false, false, 0, Map.of());

  Optional<ServerFlow> of(FlowKey tuple) {
    return Optional.ofNullable(flows.get(tuple));
  }
}
