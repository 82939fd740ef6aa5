package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command to its end, bounded in time, and keeps what it printed. */
record Shell(int exitCode, String out, String err) {
  private static final long BOUND_SECONDS = 60;

  /** Runs a line of shell, as a user types it. */
  static Shell run(String line) throws IOException, InterruptedException {
    return run(List.of("bash", "-c", line));
  }

  static Shell run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).start();
    process.getOutputStream().close();
    StringBuilder err = new StringBuilder();
    Thread errors =
        new Thread(
            () -> {
              try {
                err.append(
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                err.append(e);
              }
            });
    errors.start();
    // Read on a thread that a hanging command cannot hold for ever.
    Thread watchdog =
        new Thread(
            () -> {
              try {
                if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
                  process.descendants().forEach(ProcessHandle::destroyForcibly);
                  process.destroyForcibly();
                }
              } catch (InterruptedException e) {
                process.destroyForcibly();
              }
            });
    watchdog.setDaemon(true);
    watchdog.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    errors.join();
    return new Shell(code, out, err.toString());
  }

  /** Runs a line that must succeed; returns what it printed without the last newline. */
  static String succeed(String line) throws IOException, InterruptedException {
    Shell done = run(line);
    assertThat(done.exitCode()).as("%s: %s%s", line, done.out(), done.err()).isZero();
    return done.out().stripTrailing();
  }
}
