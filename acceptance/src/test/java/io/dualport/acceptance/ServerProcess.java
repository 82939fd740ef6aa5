package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shaded jar as a user starts it, read through its JSON view. */
final class ServerProcess implements AutoCloseable {
  static final Path HOME = Path.of("..").toAbsolutePath().normalize();
  static final Path SERVER_JAR = HOME.resolve("server/target/dual-server.jar");
  static final Path CLIENT_JAR = HOME.resolve("client/target/dual-client.jar");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long BOUND_SECONDS = 60;

  private final Process process;
  private final Path errors;
  private final BufferedReader out;
  private final JsonNode started;

  private ServerProcess(Process process, Path errors) throws IOException {
    this.process = process;
    this.errors = errors;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.started = readEvent("started");
  }

  /**
   * Starts on port 0 unless the options name one, and without an admin side unless they ask for it.
   */
  static ServerProcess start(Transport transport, String... options) throws IOException {
    return startBehind(List.of(), transport, options);
  }

  /**
   * Starts with words before {@code java}.
   *
   * @param prefix as in {@code ip netns exec NAME}
   */
  static ServerProcess startBehind(List<String> prefix, Transport transport, String... options)
      throws IOException {
    List<String> words = new ArrayList<>(List.of(options));
    if (!words.contains("--port")) {
      words.addAll(List.of("--port", "0"));
    }
    if (!words.contains("--admin")) {
      words.addAll(List.of("--admin", "off"));
    }
    words.addAll(
        List.of("--transport", transport.label(), "--view", "json", "--report-every", "0s"));
    Path errors = Files.createTempFile("dual-server", ".err");
    Process process =
        new ProcessBuilder(command(prefix, words)).redirectError(errors.toFile()).start();
    try {
      return new ServerProcess(process, errors);
    } catch (IOException | AssertionError e) {
      end(process);
      throw e;
    }
  }

  /** Runs the server to its end; for command lines that it refuses. */
  static Shell run(List<String> prefix, String... options) throws Exception {
    return Shell.run(command(prefix, List.of(options)));
  }

  private static List<String> command(List<String> prefix, List<String> options) {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(java(SERVER_JAR));
    command.addAll(options);
    return command;
  }

  /**
   * How a jar is started here: with the quick compiler alone and an archive of its classes, which
   * save half of the processor time of a short run. ConsoleTest and the tests on a terminal leave
   * that out.
   */
  static List<String> java(Path jar) {
    List<String> command = new ArrayList<>(List.of(java(), "-XX:TieredStopAtLevel=1"));
    command.addAll(ClassDataArchive.options(jar));
    command.addAll(List.of("-jar", jar.toString()));
    return command;
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The TCP port on which a server listens that does not tell it to us. */
  static int awaitPort(Process server) {
    Pattern listener = Pattern.compile(":(\\d+)\\s.*pid=" + server.pid() + ",");
    int[] port = new int[1];
    await()
        .atMost(Duration.ofSeconds(BOUND_SECONDS))
        .until(
            () -> {
              Matcher found = listener.matcher(Shell.succeed("ss -Hltnp"));
              port[0] = found.find() ? Integer.parseInt(found.group(1)) : 0;
              return port[0] > 0 || !server.isAlive();
            });
    assertThat(port[0]).as("the server has ended").isPositive();
    return port[0];
  }

  int port() {
    return started.get("port").asInt();
  }

  JsonNode started() {
    return started;
  }

  /** The counters of a protocol now; of a server that was started with an admin side. */
  JsonNode counters(String protocol) throws IOException {
    URL snapshot = URI.create(started.get("admin").asText()).resolve("/api/snapshot").toURL();
    try (InputStream answer = snapshot.openStream()) {
      return JSON.readTree(answer).at("/protocols/" + protocol);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it said on standard error so far. */
  String errors() throws IOException {
    return Files.readString(errors);
  }

  /** Resident memory in bytes, as /proc/PID/status shows it. */
  long residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc", String.valueOf(pid()), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  /** Asks it to stop, as {@code kill} does, without waiting. */
  void terminate() {
    process.toHandle().destroy(); // Process.destroy would close the pipe we still read
  }

  /** Stops it and returns its last words, checked: exit code 0 and books that balance. */
  JsonNode stop() throws Exception {
    terminate();
    JsonNode stopped = readEvent("stopped");
    assertThat(process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(stopped.get("imbalances")).isEmpty();
    return stopped;
  }

  private JsonNode readEvent(String name) throws IOException {
    String line = out.readLine();
    assertThat(line).as("the server ended early: %s", errors()).isNotNull();
    JsonNode event = JSON.readTree(line);
    assertThat(event.get("event").asText()).isEqualTo(name);
    return event;
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    end(process);
    Files.deleteIfExists(errors);
  }
}
