package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.log.OnceAMinute;
import java.net.InetSocketAddress;
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

  private volatile boolean held;
  private final OnceAMinute complaint = new OnceAMinute();

  /**
   * Has nobody accept, from any thread: the one descriptor that is free is a health check's, and a
   * connection that waits here would take it for good.
   */
  void hold(boolean hold) {
    held = hold;
  }

  /** To be asked before accept(2), and once more after it. */
  boolean isHeld() {
    return held;
  }

  /** Counts one that had a descriptor and gave it back. */
  void givenBack(FlowTable flows) {
    flows.totals(Protocol.TCP).increment(Counter.ACCEPT_FAILURES);
  }

  /**
   * @param listener the address that a connection waits on
   * @param flows of the event loop that calls
   */
  void failed(InetSocketAddress listener, FlowTable flows, Throwable fault) {
    flows.totals(Protocol.TCP).increment(Counter.ACCEPT_FAILURES);
    if (complaint.isDue()) {
      LOG.warn(
          "cannot accept on {}: {}; trying again every second (see `ulimit -n`); what fails is"
              + " counted in: {}",
          listener,
          Errno.of(fault).text(),
          Counter.ACCEPT_FAILURES.label());
    }
  }
}
