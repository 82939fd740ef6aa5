package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** A test class that leaks a buffer fails, in whatever module it is. */
class LeakedBuffersTest {
  /** Run by the test below alone: no build runs this tag with all tests. */
  @Tag("worlds")
  static final class Leaking {
    @Test
    void shouldLeak() {
      ByteBufAllocator.DEFAULT.directBuffer(16).touch("on purpose");
    }
  }

  /** The same with the release. */
  @Tag("worlds")
  static final class Releasing {
    @Test
    void shouldNotLeak() {
      ByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
  }

  @Test
  void shouldFailAClassThatLeaksAndSayWhoTouchedIt() throws Exception {
    TestExecutionSummary summary = TestRun.run(Leaking.class.getName());

    assertThat(summary.getTestsSucceededCount()).isEqualTo(1);
    assertThat(summary.getFailures())
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure.getException())
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("Leaking")
                    .hasMessageContaining("Hint: on purpose")
                    .hasMessageContaining("LeakedBuffersTest.java"));
    assertThat(TestRun.run(Releasing.class.getName()).getFailures()).isEmpty();
  }
}
