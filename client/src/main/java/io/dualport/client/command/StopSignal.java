package io.dualport.client.command;

import io.dualport.log.StandardErrorLog;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * SIGINT and SIGTERM end a run early, but with its result. The JVM would exit with 128 + signal
 * number while the result is still being written; halting in its hook waits for that and keeps the
 * exit code.
 */
public final class StopSignal implements AutoCloseable {
  /** What is in flight is waited for so long, and the result has to be out soon after. */
  private static final long BOUND_SECONDS = 10;

  private final CompletableFuture<Void> asked = new CompletableFuture<>();
  private final CompletableFuture<ExitStatus> ended = new CompletableFuture<>();
  private final Thread hook = new Thread(this::stop, "stop");

  public StopSignal() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void stop() {
    asked.complete(null);
    int code = ExitStatus.NOT_OPEN.code();
    try {
      code = ended.get(BOUND_SECONDS, TimeUnit.SECONDS).code();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // Nobody reads the result: then it ends without.
    }
    StandardErrorLog.end();
    Runtime.getRuntime().halt(code);
  }

  /** Done when the run is asked to stop. */
  public CompletableFuture<Void> asked() {
    return asked;
  }

  /** The result is out. */
  public ExitStatus ended(ExitStatus status) {
    ended.complete(status);
    return status;
  }

  @Override
  public void close() {
    ended.complete(ExitStatus.NOT_OPEN);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: it ends the process.
    }
  }
}
