package io.dualport.server;

import io.dualport.flow.TableSnapshot;
import io.dualport.server.echo.DualServer;
import io.dualport.server.view.ServerView;
import io.dualport.server.view.StartReport;
import io.dualport.server.view.StopReport;
import io.dualport.transport.Segmentation;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a view everything it is to show, on one thread that nobody waits for: standard output may
 * be a pipe that is not read, and must not keep the server from serving or from stopping.
 */
final class Reporter {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  /** How long a stop waits for its last words to be taken. */
  static final long LAST_WORDS_MILLIS = 800;

  private final ServerView view;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("report", true));

  /** Apart from the reports, which wait where nobody reads them. */
  private final ScheduledExecutorService captures =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("captures", true));

  private TableSnapshot before;
  private boolean hasFailed;

  Reporter(ServerView view) {
    this.view = view;
  }

  void started(StartReport report) {
    thread.execute(() -> view.started(report));
  }

  /** Looks once a second whether somebody captures, whatever is reported. */
  void watchCaptures(Segmentation segmentation) {
    captures.scheduleWithFixedDelay(segmentation::look, 1, 1, TimeUnit.SECONDS);
  }

  /** Begins regular reports; a period of zero shows none. */
  void progressEvery(Duration period, DualServer server) {
    if (!period.isZero()) {
      before = server.snapshot();
      // Not at a fixed rate: after a suspension that would make up for every report missed.
      thread.scheduleWithFixedDelay(
          () -> showProgress(server), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  /** Whatever is thrown would end all later reports without a word. */
  private void showProgress(DualServer server) {
    try {
      TableSnapshot now = server.snapshot();
      TableSnapshot last = before;
      before = now;
      view.progress(last, now);
    } catch (Throwable e) {
      sayOnce(e);
    }
  }

  private void sayOnce(Throwable failure) {
    if (hasFailed) {
      return;
    }
    try {
      LOG.error("a report failed, and is left out; this is said once", failure);
      hasFailed = true;
    } catch (Throwable e) {
      // No memory even for that: said when the next one fails.
    }
  }

  /** Ends the regular reports and shows the last one; returns when it is out, or after a while. */
  void stopped(StopReport report) throws InterruptedException {
    Future<?> lastWords = thread.submit(() -> view.stopped(report));
    thread.shutdown();
    captures.shutdown();
    try {
      lastWords.get(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      thread.shutdownNow();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the last report failed", e.getCause());
    }
  }
}
