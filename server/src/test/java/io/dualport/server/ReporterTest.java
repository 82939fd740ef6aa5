package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.TableSnapshot;
import io.dualport.server.echo.DualServer;
import io.dualport.server.echo.TestServer;
import io.dualport.server.view.ServerView;
import io.dualport.server.view.StartReport;
import io.dualport.server.view.StopReport;
import io.dualport.transport.Transport;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReporterTest {
  @Test
  void shouldReportOnAfterAnErrorOfAnyKind() throws Exception {
    CountDownLatch reports = new CountDownLatch(3);
    try (DualServer server = TestServer.launch(Transport.automatic())) {
      new Reporter(new Failing(reports)).progressEvery(Duration.ofMillis(10), server);
      assertThat(reports.await(10, TimeUnit.SECONDS)).isTrue();
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
