package io.dualport.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeadStartTest {
  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  private final String before = System.getProperty(LEAK_DETECTION);

  @AfterEach
  void putBack() {
    System.setProperty(LEAK_DETECTION, before);
  }

  @Test
  void shouldSearchForNoLeaksInAProgram() {
    System.clearProperty(LEAK_DETECTION);
    HeadStart.begin().await();
    assertThat(System.getProperty(LEAK_DETECTION)).isEqualTo("disabled");
  }

  @Test
  void shouldSearchForLeaksWhereItIsAskedTo() {
    System.setProperty(LEAK_DETECTION, "advanced");
    HeadStart.begin().await();
    assertThat(System.getProperty(LEAK_DETECTION)).isEqualTo("advanced");
  }
}
