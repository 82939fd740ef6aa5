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
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a view everything it is to show, on one thread that nobody waits for: standard output may
 * be a pipe that is not read, and must not keep the server from serving or from stopping.
 */
final class Reporter {
  private static final Logger LOG = LoggerFactory.getLogger(Reporter.class);

  /** A write that takes longer meets nobody who reads. */
  static final long TAKEN_MILLIS = 800;

  /**
   * How long a stop waits for its last words at most, as long as they only want for the processor.
   */
  static final long LAST_WORDS_SECONDS = 5;

  /** How often it looks whether they are being written. */
  private static final long LOOK_MILLIS = 100;

  private final ServerView view;
  private final LongSupplier waitingNanos;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("report", true));

  /** Apart from the reports, which wait where nobody reads them. */
  private final ScheduledExecutorService captures =
      Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("captures", true));

  private TableSnapshot before;
  private boolean hasFailed;

  /**
   * @param waitingNanos how long what the view writes waits to be taken, in ns; 0 while it writes
   *     nothing
   */
  Reporter(ServerView view, LongSupplier waitingNanos) {
    this.view = view;
    this.waitingNanos = waitingNanos;
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

  /**
   * Ends the regular reports and shows the last one; returns when it is out, when nobody takes it,
   * or after a while.
   */
  void stopped(StopReport report) throws InterruptedException {
    Future<?> lastWords = thread.submit(() -> view.stopped(report));
    thread.shutdown();
    captures.shutdown();
    long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(LAST_WORDS_SECONDS);
    while (!isOut(lastWords)) {
      if (waitingNanos.getAsLong() > TimeUnit.MILLISECONDS.toNanos(TAKEN_MILLIS)
          || System.nanoTime() - endNanos > 0) {
        thread.shutdownNow();
        return;
      }
    }
  }

  private static boolean isOut(Future<?> lastWords) throws InterruptedException {
    try {
      lastWords.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the last report failed", e.getCause());
    }
  }
}
