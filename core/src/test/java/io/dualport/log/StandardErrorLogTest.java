package io.dualport.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What is logged where the user has not said how, and that a file of his says it better. */
class StandardErrorLogTest {
  @TempDir private Path folder;

  @Test
  void shouldBeFoundByLogback() {
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

    assertThat(root.getAppender("stderr").getContext()).isSameAs(root.getLoggerContext());
    assertThat(root.getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void shouldWriteOneLineForEachEventToStandardError() {
    String written = written(log -> log.warn("cannot accept on {}", "127.0.0.1:8888"));

    assertThat(written)
        .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARN  cannot accept on 127\\.0\\.0\\.1:8888\\R");
  }

  @Test
  void shouldTellWhatAFaultIsAndWhereItWasThrown() {
    String written =
        written(
            log ->
                log.error("unexpected fault", new IllegalStateException("x", new IOException())));

    assertThat(written.lines().map(String::strip))
        .satisfiesExactly(
            line -> assertThat(line).endsWith(" ERROR unexpected fault"),
            line -> assertThat(line).isEqualTo("java.lang.IllegalStateException: x"),
            line -> assertThat(line).startsWith("at " + getClass().getName() + "."),
            line -> assertThat(line).isEqualTo("Caused by: java.io.IOException"),
            line -> assertThat(line).startsWith("at " + getClass().getName() + "."));
  }

  @Test
  void shouldHideWhatNettySaysOfItself() {
    String written =
        written(
            log -> {
              LoggerContext context = log.getLoggerContext();
              context.getLogger("io.netty.channel.epoll.Native").info("hidden");
              context.getLogger("io.netty.util.internal.MacAddressUtil").warn("hidden");
              context.getLogger("io.netty.channel.DefaultChannelPipeline").warn("told");
            });

    assertThat(written.lines()).singleElement().asString().endsWith("WARN  told");
  }

  @Test
  void shouldLeaveItToTheFileThatTheUserNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("logback.xml"), "<configuration/>");
    System.setProperty("logback.configurationFile", file.toString());
    try {
      LoggerContext context = new LoggerContext();

      assertThat(new StandardErrorLog().configure(context))
          .isEqualTo(StandardErrorLog.ExecutionStatus.INVOKE_NEXT_IF_ANY);
      assertThat(context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders()).isExhausted();
    } finally {
      System.clearProperty("logback.configurationFile");
    }
  }

  /** As a pipe that is full: it takes nothing for a while, and whoever logs goes on. */
  @Test
  void shouldNeverWaitAndTellLaterWhatWasLost() throws Exception {
    PrintStream before = System.err;
    StuckStream stuck = new StuckStream();
    System.setErr(new PrintStream(stuck, true, StandardCharsets.UTF_8));
    try {
      LoggerContext context = configured();
      Logger log = context.getLogger("io.dualport.log");
      WaitingLines lines =
          (WaitingLines) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr");
      log.info("the first");
      assertThat(stuck.entered.await(10, TimeUnit.SECONDS)).isTrue(); // one is being written
      for (int i = 0; i < WaitingLines.MOST_WAITING; i++) {
        log.info("waits {}", i);
      }
      assertThat(lines.lost()).isZero();
      for (int i = 0; i < 7; i++) {
        log.warn("lost {}", i);
      }
      assertThat(lines.lost()).isEqualTo(7);

      stuck.open.countDown();
      context.stop();

      assertThat(stuck.toString().lines())
          .hasSize(1 + WaitingLines.MOST_WAITING + 1)
          .noneMatch(line -> line.contains("lost 0"))
          .last()
          .asString()
          .endsWith(" WARN  log lines lost: 7, as standard error took nothing for a while");
    } finally {
      System.setErr(before);
    }
  }

  @Test
  void shouldNotHoldTheEndForALineThatNobodyTakes() {
    PrintStream before = System.err;
    StuckStream stuck = new StuckStream();
    System.setErr(new PrintStream(stuck, true, StandardCharsets.UTF_8));
    try {
      LoggerContext context = configured();
      context.getLogger("io.dualport.log").warn("nobody takes this");

      assertTimeoutPreemptively(Duration.ofSeconds(10), context::stop);
    } finally {
      stuck.open.countDown();
      System.setErr(before);
    }
  }

  /** Each write waits until it is opened. */
  private static final class StuckStream extends ByteArrayOutputStream {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void write(byte[] bytes, int offset, int length) {
      entered.countDown();
      boolean interrupted = false;
      while (open.getCount() > 0) {
        try {
          open.await();
        } catch (InterruptedException e) {
          interrupted = true; // a write in the kernel does not end for it
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      super.write(bytes, offset, length);
    }
  }

  private static LoggerContext configured() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter()); // as SLF4J does for the context of a program
    new StandardErrorLog().configure(context);
    return context;
  }

  /** What a context that is configured so writes to standard error. */
  private static String written(Consumer<Logger> what) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      LoggerContext context = configured();
      what.accept(context.getLogger("io.dualport.log"));
      context.stop();
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
