package io.dualport.lab.socket;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program of the system, run to its end: its exit code, and what it printed in one line. */
final class ExternalProgram {
  private static final long BOUND_SECONDS = 10;

  private ExternalProgram() {}

  static Reply run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    // It is ended from elsewhere when it takes too long, which ends the reading as well.
    process
        .onExit()
        .orTimeout(BOUND_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (ended, late) -> {
              if (late != null) {
                process.destroyForcibly();
              }
            });
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return Reply.of((process.exitValue() + " " + said.replaceAll("\\s+", " ")).strip());
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(command + " was interrupted", e);
    }
  }
}
