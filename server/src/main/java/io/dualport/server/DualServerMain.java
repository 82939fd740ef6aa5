package io.dualport.server;

import io.dualport.commandline.ProgramStart;
import io.dualport.log.StandardErrorLog;
import io.dualport.server.view.StopRequest;
import io.dualport.terminal.Terminal;
import io.dualport.terminal.WatchedOutput;
import io.dualport.transport.DirectMemory;
import io.dualport.transport.HeadStart;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/** The program {@code dual-server}. */
public final class DualServerMain {
  /** How long the end of a process that cannot stop waits for a line about it. */
  private static final long GIVEN_UP_MILLIS = 1000;

  static final ProgramStart PROGRAM = new ProgramStart("dual-server");

  private DualServerMain() {}

  /** Runs until SIGTERM or SIGINT, then ends with one of the exit codes in {@code --help}. */
  public static void main(String[] args) {
    PROGRAM.begin();
    StopRequest stop = new StopRequest();
    CompletableFuture<ExitCode> ended = new CompletableFuture<>();
    // The JVM would end with 128 + signal number; halting in its hook lets us say how it went.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stop, ended), "stop"));
    HeadStart ahead = HeadStart.begin(DirectMemory::limitNetty);
    ExitCode code = ExitCode.FAILED;
    try {
      PrintStream err = PROGRAM.standardError();
      AtomicBoolean unread = new AtomicBoolean();
      WatchedOutput out =
          PROGRAM.standardOutput(
              () -> {
                unread.set(!stop.isAsked()); // else a stop was asked for, and is under way
                stop.ask();
              },
              err);
      code = ServerCommand.run(args, System.getenv(), out, err, stop);
      if (code == ExitCode.STOPPED && unread.get()) {
        code = ExitCode.UNREAD;
      } else if (code == ExitCode.STOPPED && out.isFailing()) {
        code = ExitCode.FAILED;
      }
    } finally {
      ahead.await();
      StandardErrorLog.end();
      ended.complete(code);
    }
    System.exit(code.number());
  }

  /** Asks for a stop where the program has not ended by itself, and ends the process. */
  private static void stop(StopRequest stop, CompletableFuture<ExitCode> ended) {
    ExitCode code = ExitCode.FAILED;
    if (!ended.isDone()) {
      if (stop.isAsked()) {
        stop.hurry(); // a signal after a key, or after the end of whoever read
      }
      stop.ask();
      // The JVM lets a second signal go by. Not before: timeout(1) sends two at once.
      Terminal.handle("TERM", stop::hurry);
      Terminal.handle("INT", stop::hurry);
    }
    try {
      code = ended.get(stop.bound().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException e) {
      Thread.currentThread().interrupt(); // neither ever happens to this thread
    } catch (TimeoutException e) {
      sayThatItIsGivenUp(stop.bound());
    }
    Runtime.getRuntime().halt(code.number());
  }

  /** Not on this thread: a log that the user configured himself may be what everybody waits for. */
  private static void sayThatItIsGivenUp(Duration bound) {
    Thread words =
        new Thread(
            () -> {
              LoggerFactory.getLogger(DualServerMain.class)
                  .error("the stop has not ended after {} s, and is given up", bound.toSeconds());
              StandardErrorLog.end();
            },
            "given-up");
    words.start();
    try {
      words.join(GIVEN_UP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
