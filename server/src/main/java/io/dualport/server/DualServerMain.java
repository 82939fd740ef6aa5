package io.dualport.server;

import io.dualport.terminal.StandardStream;
import io.dualport.terminal.WatchedOutput;
import io.dualport.transport.HeadStart;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** The program {@code dual-server}. */
public final class DualServerMain {
  private DualServerMain() {}

  /** Runs until SIGTERM or SIGINT, then ends with one of the exit codes in {@code --help}. */
  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // digits that other programs can read
    CountDownLatch stop = new CountDownLatch(1);
    CompletableFuture<ExitCode> ended = new CompletableFuture<>();
    // The JVM would end with 128 + signal number; halting in its hook lets us say how it went.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop.countDown();
                  Runtime.getRuntime().halt(ended.join().number());
                },
                "stop"));
    HeadStart ahead = HeadStart.begin();
    ExitCode code = ExitCode.FAILED;
    try {
      // Never closed: closing waits for a writer whose reader may have gone to sleep.
      PrintStream err =
          new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
      AtomicBoolean unread = new AtomicBoolean();
      WatchedOutput out =
          new WatchedOutput(
              StandardStream.OUTPUT,
              () -> {
                unread.set(stop.getCount() > 0); // else a stop was asked for, and is under way
                stop.countDown();
              },
              why -> err.println("dual-server: cannot write to standard output: " + why));
      code = ServerCommand.run(args, System.getenv(), out.printer(), err, stop);
      if (code == ExitCode.STOPPED && unread.get()) {
        code = ExitCode.UNREAD;
      } else if (code == ExitCode.STOPPED && out.isFailing()) {
        code = ExitCode.FAILED;
      }
    } finally {
      ahead.await();
      ended.complete(code);
    }
    System.exit(code.number());
  }
}
