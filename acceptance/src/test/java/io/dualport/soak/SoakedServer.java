package io.dualport.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The server as a process, from its start to its end, and what the kernel says of it. */
final class SoakedServer implements AutoCloseable {
  static final int EVENT_LOOPS = 2;

  /** Small, so that all of them are reached all the time. */
  private static final List<String> LIMITS =
      List.of(
          "--max-connections", "32",
          "--max-flows", "100",
          "--max-pending-bytes", "1m",
          "--idle-timeout", "1s",
          "--drain", "1s");

  private static final int COULD_NOT_BIND = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int HTTP_MILLIS = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Nothing more is printed. */
  private static final JsonNode END = MissingNode.getInstance();

  private final Process process;
  private final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
  private final int port;
  private final JsonNode started;

  /**
   * Starts it on a port.
   *
   * @param command the program and its first arguments
   * @param hosts the addresses to listen on, comma between
   * @param errors where its standard error goes, behind what is there
   * @throws BindException if the port is not free
   */
  SoakedServer(List<String> command, String transport, String hosts, int port, Path errors)
      throws IOException, InterruptedException, Violation {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--port", String.valueOf(port), "--host", hosts));
    words.addAll(List.of("--transport", transport, "--threads", String.valueOf(EVENT_LOOPS)));
    words.addAll(LIMITS);
    // Lines now and then, so that it ends by itself when nobody reads them any more.
    words.addAll(List.of("--admin", "127.0.0.1:0", "--view", "json", "--report-every", "10s"));
    this.port = port;
    this.process =
        new ProcessBuilder(words)
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .start();
    Thread reader = new Thread(this::readEvents, "events");
    reader.setDaemon(true);
    reader.start();
    try {
      this.started = event("started").orElseThrow(() -> new Violation("the server did not start"));
    } catch (Violation e) {
      process.destroyForcibly();
      if (process.waitFor() == COULD_NOT_BIND) {
        throw new BindException("port " + port + " is taken");
      }
      throw e;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private void readEvents() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        events.add(JSON.readTree(line));
      }
    } catch (IOException e) {
      // The process has ended, as at the end of its output.
    }
    events.add(END);
  }

  /** Returns nothing where the output ends first. */
  private Optional<JsonNode> event(String name) throws InterruptedException, Violation {
    Patience patience = patience(PATIENCE);
    while (!patience.isOver()) {
      JsonNode event = events.poll(100, TimeUnit.MILLISECONDS);
      if (event == END) {
        return Optional.empty();
      }
      if (event != null && event.get("event").asText().equals(name)) {
        return Optional.of(event);
      }
    }
    throw new Violation(
        "the server was not '%s' within %d s".formatted(name, PATIENCE.toSeconds()));
  }

  /** For what the server shall do from now on. */
  Patience patience(Duration bound) {
    return new Patience(process.pid(), bound);
  }

  int port() {
    return port;
  }

  /** As in stamps. */
  long instance() {
    return Long.parseUnsignedLong(started.get("instance").asText(), 16);
  }

  String transport() {
    return started.get("transport").asText();
  }

  /** Datagram sockets for each address, each on an event loop of its own. */
  int shards() {
    return started.get("shards").asInt();
  }

  URI admin() {
    return URI.create(started.get("admin").asText());
  }

  void signal(String name) throws IOException, InterruptedException {
    run("kill", "-" + name, String.valueOf(process.pid()));
  }

  /** Sets how many descriptors it may have: what prlimit(1) takes. */
  void limitDescriptors(String soft) throws IOException, InterruptedException {
    run("prlimit", "--pid", String.valueOf(process.pid()), "--nofile=" + soft + ":");
  }

  /** How many descriptors it may have, as that takes it. */
  String descriptorLimit() throws IOException {
    return Files.readAllLines(proc("limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.substring("Max open files".length()).strip().split(" +")[0])
        .findFirst()
        .orElseThrow();
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process done = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(done.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (done.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said);
    }
  }

  /** What it answers to a GET, which must be 200. */
  JsonNode get(String path) throws IOException {
    HttpURLConnection request = (HttpURLConnection) admin().resolve(path).toURL().openConnection();
    request.setRequestProperty("Connection", "close");
    request.setConnectTimeout(HTTP_MILLIS);
    request.setReadTimeout(HTTP_MILLIS);
    try (InputStream in = request.getInputStream()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return path.startsWith("/api/") ? JSON.readTree(text) : JSON.valueToTree(text.strip());
    } finally {
      request.disconnect();
    }
  }

  /** Datagrams that the kernel dropped at its sockets. */
  long kernelDrops() throws IOException {
    return SocketTable.read().onLocalPort(port).stream()
        .filter(row -> row.protocol() == Protocol.UDP)
        .mapToLong(SocketRow::drops)
        .sum();
  }

  int descriptors() throws IOException {
    return list("fd").size();
  }

  int threads() throws IOException {
    return list("task").size();
  }

  /** Names of those that must not end: the event loops, the admin side's and the printing one. */
  TreeSet<String> lastingThreads() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (Path task : list("task")) {
      Optional<String> name = readIfThere(task.resolve("comm"));
      name.map(String::strip)
          .filter(text -> text.matches("(echo|admin|report)-.*"))
          .ifPresent(names::add);
    }
    return names;
  }

  private static Optional<String> readIfThere(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      return Optional.empty(); // it ended meanwhile
    }
  }

  long residentBytes() throws IOException {
    return Files.readAllLines(proc("status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElseThrow();
  }

  private List<Path> list(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(proc(folder))) {
      return entries.toList();
    }
  }

  private Path proc(String file) {
    return Path.of("/proc", String.valueOf(process.pid()), file);
  }

  /**
   * Asks it to stop, as {@code kill} does: it must end with 0, and its books must balance.
   *
   * @return its last report; none where it left that out, as it may when that takes long
   */
  Optional<JsonNode> stop() throws InterruptedException, Violation {
    process.toHandle().destroy(); // Process.destroy would close the pipe we still read
    Optional<JsonNode> stopped = event("stopped");
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new Violation("the server has not ended 30 s after it said that it stopped");
    }
    if (process.exitValue() != 0) {
      throw new Violation("the server stopped with exit code " + process.exitValue());
    }
    if (stopped.isPresent() && !stopped.get().get("imbalances").isEmpty()) {
      throw new Violation("the books do not balance: " + stopped.get().get("imbalances"));
    }
    return stopped;
  }

  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** In order where it can be, and by force where not. */
  @Override
  public void close() throws IOException, InterruptedException {
    if (process.isAlive()) {
      try {
        signal("CONT");
      } catch (IOException e) {
        // The terminal's Ctrl-C ended it as well.
      }
      process.toHandle().destroy();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }
}
