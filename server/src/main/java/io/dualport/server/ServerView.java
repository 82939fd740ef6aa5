package io.dualport.server;

import io.dualport.flow.TableSnapshot;

/** How a server shows itself on standard output. */
interface ServerView {
  /** Both protocols are bound. */
  void started(StartReport report);

  /** Called every {@code report-every}; null the first time as there is nothing to compare with. */
  void progress(TableSnapshot before, TableSnapshot now);

  /** The server is stopped, and the counters are final. */
  void stopped(StopReport report);
}
