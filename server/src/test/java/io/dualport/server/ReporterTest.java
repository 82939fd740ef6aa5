package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.flow.TableSnapshot;
import io.dualport.server.echo.DualServer;
import io.dualport.server.echo.TestServer;
import io.dualport.server.view.ServerView;
import io.dualport.server.view.StartReport;
import io.dualport.server.view.StopReport;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class ReporterTest {
  private static final long BOUND_SECONDS = 20;

  @Test
  void shouldReportOnAfterAnErrorOfAnyKind() throws Exception {
    CountDownLatch reports = new CountDownLatch(3);
    try (DualServer server = TestServer.launch(Transport.automatic())) {
      new Reporter(new Failing(reports), () -> 0).progressEvery(Duration.ofMillis(10), server);
      assertThat(reports.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** On a machine that has no time for them. */
  @Test
  void shouldWaitForLastWordsThatAreNotWrittenYet() throws Exception {
    Slow view = new Slow();
    CompletableFuture<Void> stop = stop(new Reporter(view, () -> 0));

    await().during(Duration.ofMillis(Reporter.TAKEN_MILLIS + 400)).until(() -> !stop.isDone());
    view.mayEnd.countDown();
    stop.get(BOUND_SECONDS, TimeUnit.SECONDS);
    assertThat(view.hasEnded).isTrue();
  }

  @Test
  void shouldNotWaitForLastWordsThatNobodyTakes() throws Exception {
    Slow view = new Slow();
    AtomicInteger looks = new AtomicInteger();
    LongSupplier stuck =
        () -> {
          looks.incrementAndGet();
          return TimeUnit.MILLISECONDS.toNanos(Reporter.TAKEN_MILLIS) + 1;
        };

    stop(new Reporter(view, stuck)).get(BOUND_SECONDS, TimeUnit.SECONDS);
    assertThat(view.hasEnded).isFalse();
    assertThat(looks).as("it gave up at the first look").hasValue(1);
    view.mayEnd.countDown();
  }

  private static CompletableFuture<Void> stop(Reporter reporter) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            reporter.stopped(null);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Shows its last report when it may. */
  private static final class Slow implements ServerView {
    final CountDownLatch mayEnd = new CountDownLatch(1);
    volatile boolean hasEnded;

    @Override
    public void started(StartReport report) {}

    @Override
    public void progress(TableSnapshot before, TableSnapshot now) {}

    @Override
    public void stopped(StopReport report) {
      try {
        hasEnded = mayEnd.await(BOUND_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record Failing(CountDownLatch reports) implements ServerView {
    @Override
    public void started(StartReport report) {}

    @Override
    public void progress(TableSnapshot before, TableSnapshot now) {
      reports.countDown();
      throw new OutOfMemoryError("as if");
    }

    @Override
    public void stopped(StopReport report) {}
  }
}
