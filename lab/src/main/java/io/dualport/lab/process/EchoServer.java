package io.dualport.lab.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.server.DualServerMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An echo server in a process of its own: Dualport's, or another that says {@code started} and
 * {@code stopped} in JSON lines as that does.
 */
public final class EchoServer {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How long its next word may take. */
  private static final long PATIENCE_SECONDS = 30;

  /** Stands for the end of its output among the lines. */
  private static final String END = "";

  private final String name;
  private final Lab lab;
  private final Process process;
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private volatile String lastRemark = "it said nothing";
  private final JsonNode started;

  private EchoServer(String name, Lab lab, Process process)
      throws InterruptedException, FailedException {
    this.name = name;
    this.lab = lab;
    this.process = process;
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
    this.started = event("started");
  }

  /**
   * Starts Dualport's own server with nothing but these options and its defaults.
   *
   * @param name short, as the story and the kernel's table shall call it
   * @param settings by their variable, for what has no option: see conf/server.conf
   * @param options as on the command line
   * @throws FailedException if it does not come up
   */
  public static EchoServer dualport(
      Lab lab, String name, Map<String, String> settings, String... options)
      throws IOException, InterruptedException, FailedException {
    List<String> words = new ArrayList<>(List.of(options));
    List<String> shown = new ArrayList<>();
    settings.forEach((key, value) -> shown.add(key + "=" + value));
    shown.add("dual-server " + String.join(" ", options));
    words.addAll(
        List.of("--view", "json", "--report-every", "0s", "--drain", "0s", "--admin", "off"));
    return start(lab, name, String.join(" ", shown), settings, DualServerMain.class, words);
  }

  /**
   * Starts a server's main class of this jar.
   *
   * @throws FailedException if it does not come up
   */
  public static EchoServer of(Lab lab, String name, Class<?> main, String... arguments)
      throws IOException, InterruptedException, FailedException {
    String shown = main.getSimpleName() + " " + String.join(" ", arguments);
    return start(lab, name, shown, Map.of(), main, List.of(arguments));
  }

  private static EchoServer start(
      Lab lab,
      String name,
      String shown,
      Map<String, String> settings,
      Class<?> main,
      List<String> arguments)
      throws IOException, InterruptedException, FailedException {
    List<String> words = new ArrayList<>(List.of(main.getName()));
    words.addAll(arguments);
    ProcessBuilder command =
        new ProcessBuilder(
            Jvm.command(TiedMain.class, Jvm.inheritedProperties(), words.toArray(String[]::new)));
    // What the user set for a server of their own is not meant for this one.
    command.environment().keySet().removeIf(key -> key.startsWith("DUAL_SERVER_"));
    command.environment().putAll(settings);
    command.redirectErrorStream(true);
    Process process = lab.spawn(command);
    lab.called(name, process);
    EchoServer server = new EchoServer(name, lab, process);
    lab.notes().call(name, shown, "port " + server.port(), null);
    return server;
  }

  /** Its port, one number for both protocols. */
  public int port() {
    return started.get("port").asInt();
  }

  /** How it reaches the kernel's sockets: {@code epoll} or {@code nio}, then perhaps why. */
  public String transport() {
    return started.get("transport").asText();
  }

  /**
   * Stops it as {@code kill} does.
   *
   * @return what it counted, under {@code tcp} and {@code udp}
   * @throws FailedException if it does not end, or not well
   */
  public JsonNode stop() throws InterruptedException, FailedException {
    process.toHandle().destroy(); // Process.destroy would close the pipe we still read
    JsonNode counted = event("stopped").path("protocols");
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw failure("stopped");
    }
    lab.notes().call(name, "SIGTERM", "exit code " + process.exitValue(), null);
    return counted;
  }

  /** What it prints that is no event, such as log messages, is read so that it can go on. */
  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith("{")) {
          events.add(line);
        } else {
          lastRemark = line;
        }
      }
    } catch (IOException ended) {
      // Killed with the lab.
    }
    events.add(END);
  }

  private JsonNode event(String wanted) throws InterruptedException, FailedException {
    String line = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (line == null || line.equals(END)) {
      throw failure(wanted);
    }
    try {
      JsonNode event = JSON.readTree(line);
      if (event.path("event").asText().equals(wanted)) {
        return event;
      }
    } catch (JsonProcessingException notJson) {
      lastRemark = line;
    }
    throw failure(wanted);
  }

  private FailedException failure(String wanted) {
    return new FailedException(
        Bilingual.of("the server %s did not say \"%s\" (%s)", name, wanted, lastRemark));
  }
}
