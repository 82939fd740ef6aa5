package io.dualport.server.admin;

import io.dualport.flow.FlowTable;
import io.dualport.kernel.NetCounters;
import io.dualport.server.facts.ServerFacts;
import java.util.Collection;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What the admin side shows: one running server, seen from outside.
 *
 * @param tables one of each event loop
 * @param pendingBytes held for peers that do not read
 * @param kernelBefore the kernel's counts before the port was bound; empty where it shows none
 * @param dropsOfClosed datagrams that the kernel dropped at sockets that were closed since
 * @param holdAccepting whether its listeners are to accept nothing
 * @param alive whether the event loops still run
 * @param draining whether a stop was asked for
 */
public record ObservedServer(
    ServerFacts facts,
    Collection<FlowTable> tables,
    LongSupplier pendingBytes,
    Optional<NetCounters> kernelBefore,
    LongSupplier dropsOfClosed,
    Consumer<Boolean> holdAccepting,
    BooleanSupplier alive,
    BooleanSupplier draining) {

  /** {@code serving}, or {@code draining} once a stop was asked for. */
  String state() {
    return draining.getAsBoolean() ? "draining" : "serving";
  }
}
