package io.dualport.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

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
    ExitCode code = ExitCode.FAILED;
    try {
      // Never closed: closing waits for a writer whose reader may have gone to sleep.
      PrintStream out = utf8(FileDescriptor.out);
      PrintStream err = utf8(FileDescriptor.err);
      code = ServerCommand.run(args, System.getenv(), out, err, stop);
    } finally {
      ended.complete(code);
    }
    System.exit(code.number());
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
