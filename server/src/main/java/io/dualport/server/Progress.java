package io.dualport.server;

import io.dualport.flow.TableSnapshot;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows the view a snapshot at regular times, on a thread of its own. */
final class Progress implements AutoCloseable {
  private final DualServer server;
  private final ServerView view;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("progress", true));
  private TableSnapshot before;

  Progress(DualServer server, ServerView view) {
    this.server = server;
    this.view = view;
    this.before = server.snapshot();
  }

  /** Begins; a period of zero shows nothing. */
  void every(Duration period) {
    if (!period.isZero()) {
      long nanos = period.toNanos();
      clock.scheduleAtFixedRate(this::show, nanos, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void show() {
    TableSnapshot now = server.snapshot();
    view.progress(before, now);
    before = now;
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
