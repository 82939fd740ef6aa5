package io.dualport.server.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KernelReaderTest {
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger readings = new AtomicInteger();

  @Test
  void shouldRestTwentyTimesAsLongAsAReadingTook() {
    KernelReader reader =
        new KernelReader(
            () -> {
              readings.incrementAndGet();
              nanos.addAndGet(10);
              return Optional.empty();
            },
            nanos::get);
    reader.rows();
    nanos.set(10 + 199);
    reader.rows();
    assertThat(readings).hasValue(1);
    nanos.set(10 + 200);
    reader.rows();
    assertThat(readings).hasValue(2);
  }
}
