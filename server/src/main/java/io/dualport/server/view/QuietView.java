package io.dualport.server.view;

import io.dualport.flow.TableSnapshot;

/** Nothing on standard output; faults still go to standard error. */
public final class QuietView implements ServerView {
  @Override
  public void started(StartReport report) {}

  @Override
  public void progress(TableSnapshot before, TableSnapshot now) {}

  @Override
  public void stopped(StopReport report) {}
}
