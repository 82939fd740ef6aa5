package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that could not be accepted, as a rule because the descriptor table is full: counts
 * each and says so once a minute. Whoever accepts pauses for {@link #PAUSE_SECONDS} after one, or
 * its loop would spin on the connection that waits. One for all listeners.
 */
final class AcceptFaults {
  static final long PAUSE_SECONDS = 1;

  private static final Logger LOG = LoggerFactory.getLogger(AcceptFaults.class);
  private static final long SAY_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - SAY_EVERY_NANOS);

  /**
   * @param listener the address that a connection waits on
   * @param flows of the event loop that calls
   */
  void failed(InetSocketAddress listener, FlowTable flows, Throwable fault) {
    flows.totals(Protocol.TCP).increment(Counter.ACCEPT_FAILURES);
    long now = System.nanoTime();
    long said = saidNanos.get();
    if (now - said >= SAY_EVERY_NANOS && saidNanos.compareAndSet(said, now)) {
      LOG.warn(
          "cannot accept on {}: {}; trying again every second (see `ulimit -n`); what fails is"
              + " counted in: {}",
          listener,
          Errno.of(fault).text(),
          Counter.ACCEPT_FAILURES.label());
    }
  }
}
