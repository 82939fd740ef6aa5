package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code dual-client.jar load} while it runs; its progress is read line by line. */
final class LoadProcess {
  private static final long BOUND_SECONDS = 60;

  private final Process process;
  private final Path out;
  private final BufferedReader progress;
  private final List<String> said = new ArrayList<>();

  private LoadProcess(Process process, Path out) {
    this.process = process;
    this.out = out;
    this.progress =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts it.
   *
   * @param prefix words before {@code java}, as in {@code ip netns exec NAME}
   */
  static LoadProcess start(List<String> prefix, String target, List<String> options)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(ServerProcess.java(ServerProcess.CLIENT_JAR));
    command.addAll(List.of("load", target));
    command.addAll(options);
    command.addAll(List.of("--format", "json"));
    Path out = Files.createTempFile("dual-client", ".json");
    return new LoadProcess(new ProcessBuilder(command).redirectOutput(out.toFile()).start(), out);
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int exitCode() {
    return process.exitValue();
  }

  /** Waits for a line of progress, which only traffic makes. */
  void awaitProgress(String part) throws IOException {
    String line = said();
    while (line != null && !line.contains(part)) {
      line = said();
    }
    assertThat(line).as("the load ended early").isNotNull();
  }

  private String said() throws IOException {
    String line = progress.readLine();
    if (line != null) {
      said.add(line);
    }
    return line;
  }

  /** The lines of its intervals so far. */
  List<String> progress() {
    return said.stream().filter(line -> line.contains(" msg/s ")).toList();
  }

  /** Waits for the end; what it printed. What does not end by itself is ended. */
  JsonNode result() throws Exception {
    process.onExit().orTimeout(BOUND_SECONDS, TimeUnit.SECONDS).exceptionally(this::end);
    while (said() != null) {
      // until it has said all
    }
    assertThat(process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
    JsonNode result = new ObjectMapper().readTree(out.toFile());
    assertThat(result.has("rows")).as(String.join("\n", said)).isTrue();
    Files.delete(out);
    return result;
  }

  private Process end(Throwable tooLate) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    return process.destroyForcibly();
  }
}
