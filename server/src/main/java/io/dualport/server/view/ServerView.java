package io.dualport.server.view;

import io.dualport.flow.TableSnapshot;

/** How a server shows itself on standard output. */
public interface ServerView extends AutoCloseable {
  /** Both protocols are bound. */
  void started(StartReport report);

  /** Called every {@code report-every} with the reading of the time before and a new one. */
  void progress(TableSnapshot before, TableSnapshot now);

  /** The server is stopped, and the counters are final. */
  void stopped(StopReport report);

  /** Gives back what the view took, however the server ended; after {@link #stopped}, nothing. */
  @Override
  default void close() {}
}
