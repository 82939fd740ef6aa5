package io.dualport.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentLinesTest {
  @Test
  void shouldKeepTheLastLinesAndCountTheOthers() {
    RecentLines recent = new RecentLines(OutputStream.nullOutputStream());
    PrintStream err = new PrintStream(recent, true, StandardCharsets.UTF_8);
    assertThat(recent.last()).isEmpty();
    for (int i = 1; i <= RecentLines.MAX_LINES + 5; i++) {
      err.println("line " + i + " 中");
    }
    err.print("half");

    assertThat(recent.last()).contains("line 205 中");
    assertThat(recent.all())
        .hasSize(RecentLines.MAX_LINES + 1)
        .startsWith("(5 earlier lines were not kept)", "line 6 中")
        .endsWith("line 205 中");
  }

  @Test
  void shouldCallALineNewsForAMinuteAndKeepIt() {
    AtomicLong nanos = new AtomicLong();
    RecentLines recent = new RecentLines(OutputStream.nullOutputStream(), nanos::get);
    new PrintStream(recent, true, StandardCharsets.UTF_8).println("no");
    nanos.set(59_999_999_999L);
    assertThat(recent.last()).contains("no");
    nanos.set(60_000_000_000L);
    assertThat(recent.last()).isEmpty();
    assertThat(recent.all()).containsExactly("no");
  }

  @Test
  void shouldCutALineWithoutEnd() {
    RecentLines recent = new RecentLines(OutputStream.nullOutputStream());
    PrintStream err = new PrintStream(recent, true, StandardCharsets.UTF_8);
    err.println("x".repeat(100_000));
    assertThat(recent.last().orElseThrow()).hasSize(RecentLines.MAX_LINE_BYTES);
  }

  @Test
  void shouldPassEverythingOnToAFile() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(new RecentLines(file), true, StandardCharsets.UTF_8);
    err.print("one\ntwo");
    assertThat(file.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo");
  }
}
