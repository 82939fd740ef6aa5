package io.dualport.soak;

import io.dualport.kernel.SocketTable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The program behind {@code ./dual soak}, which checks its options. */
final class SoakMain {
  /** Generous: other programs run here, too. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** How long a signal waits until everything is ended in order. */
  private static final long END_SECONDS = 40;

  private SoakMain() {}

  /**
   * @param args minutes, seed, transport, and the server's jar
   */
  public static void main(String... args) throws IOException, InterruptedException {
    if (!SocketTable.available()) {
      System.err.println("dual soak: needs Linux: it reads /proc");
      System.exit(2);
    }
    Locale.setDefault(Locale.ROOT);
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    Soak.Plan plan =
        new Soak.Plan(
            Long.parseLong(args[1]),
            Duration.ofMinutes(Long.parseLong(args[0])),
            PATIENCE,
            args[2],
            command("-jar", args[3]));
    Thread soaking = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (!done.get()) {
                    end(soaking);
                  }
                },
                "end"));
    try {
      int code = new Soak(plan, out).run();
      done.set(true);
      System.exit(code);
    } catch (InterruptedException e) {
      out.println("soak: interrupted; everything that it started is ended");
    }
  }

  private static void end(Thread soaking) {
    soaking.interrupt();
    try {
      TimeUnit.SECONDS.timedJoin(soaking, END_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A server with little memory, all of which it has from the start, so that what grows is seen.
   *
   * @param program options and name of what Java is to run
   */
  static List<String> command(String... program) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<String> words =
        new ArrayList<>(
            List.of(java, "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    words.addAll(List.of(program));
    return words;
  }
}
