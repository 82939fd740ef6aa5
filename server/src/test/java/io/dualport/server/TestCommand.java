package io.dualport.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.server.view.StopRequest;
import io.dualport.terminal.WatchedOutput;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program, run in this process: what a user types, what it prints, how it ends. */
public final class TestCommand implements AutoCloseable {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final StopRequest stop = new StopRequest();
  private final Thread program;
  private volatile ExitCode code;

  private TestCommand(Map<String, String> environment, String... args) {
    this.program =
        new Thread(
            () -> code = ServerCommand.run(args, environment, watched(out), stream(err), stop),
            "program");
  }

  /** Starts it and lets it run. */
  public static TestCommand start(String... args) {
    return start(Map.of(), args);
  }

  public static TestCommand start(Map<String, String> environment, String... args) {
    TestCommand command = new TestCommand(environment, args);
    command.program.start();
    return command;
  }

  /** Runs it to its end; a server is told to stop as soon as it has started. */
  public static TestCommand run(Map<String, String> environment, String... args)
      throws InterruptedException {
    TestCommand command = new TestCommand(environment, args);
    command.program.start();
    command.stop();
    return command;
  }

  public static TestCommand run(String... args) throws InterruptedException {
    return run(Map.of(), args);
  }

  private static WatchedOutput watched(ByteArrayOutputStream bytes) {
    return new WatchedOutput(bytes, false, () -> {}, why -> {});
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  public String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  public String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  public List<String> outLines() {
    return out().lines().toList();
  }

  /** Waits, bounded, until it has printed something. */
  public void awaitOutput(String text) {
    await().until(() -> out().contains(text) || code != null);
    assertThat(out()).contains(text);
  }

  /** Tells it to stop and waits until it has. */
  public ExitCode stop() throws InterruptedException {
    stop.ask();
    program.join(TimeUnit.SECONDS.toMillis(30));
    assertThat(code).as("exit code after 30 s").isNotNull();
    return code;
  }

  public ExitCode code() {
    return code;
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
