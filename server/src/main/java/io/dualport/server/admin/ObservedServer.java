package io.dualport.server.admin;

import io.dualport.flow.FlowTable;
import io.dualport.kernel.NetCounters;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What the admin side shows: one running server, seen from outside.
 *
 * @param instance names this start of the server among all others, 16 hexadecimal digits
 * @param version of the program
 * @param started when the port was bound
 * @param port the number both protocols share
 * @param addresses it listens on
 * @param reach who can reach the port, in words
 * @param inherited descriptors that it was started with; none where it bound the port itself
 * @param transport the name of the transport
 * @param guard whether the guard is on
 * @param displayFilter for Wireshark
 * @param limits what bounds it
 * @param tables one of each event loop
 * @param pendingBytes held for peers that do not read
 * @param kernelBefore the kernel's counts before the port was bound; empty where it shows none
 * @param dropsOfClosed datagrams that the kernel dropped at sockets that were closed since
 * @param alive whether the event loops still run
 * @param draining whether a stop was asked for
 */
public record ObservedServer(
    String instance,
    String version,
    Instant started,
    int port,
    List<String> addresses,
    String reach,
    List<Integer> inherited,
    String transport,
    boolean guard,
    String displayFilter,
    Limits limits,
    Collection<FlowTable> tables,
    LongSupplier pendingBytes,
    Optional<NetCounters> kernelBefore,
    LongSupplier dropsOfClosed,
    BooleanSupplier alive,
    BooleanSupplier draining) {

  /**
   * What bounds a server.
   *
   * @param maxConnectionsPerSource of one source address; empty = not limited
   * @param maxPendingBytes held for peers that do not read
   * @param udpRate replies a second and source address; empty = not limited
   */
  public record Limits(
      int maxConnections,
      OptionalInt maxConnectionsPerSource,
      long maxPendingBytes,
      int maxFlows,
      long idleTimeoutMillis,
      OptionalInt udpRate) {}

  /** {@code serving}, or {@code draining} once a stop was asked for. */
  String state() {
    return draining.getAsBoolean() ? "draining" : "serving";
  }
}
