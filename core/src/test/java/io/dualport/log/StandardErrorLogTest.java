package io.dualport.log;

import static org.assertj.core.api.Assertions.assertThat;

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

  /** What a context that is configured so writes to standard error. */
  private static String written(Consumer<Logger> what) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      LoggerContext context = new LoggerContext();
      context.setMDCAdapter(new LogbackMDCAdapter()); // as SLF4J does for the context of a program
      new StandardErrorLog().configure(context);
      what.accept(context.getLogger("io.dualport.log"));
      context.stop();
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
