package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a cluster would run, as processes on loopback: the arguments of the manifests, but for the
 * port, the target, the rate and the durations.
 */
final class PodsAsProcesses implements ClusterStandIn.Workloads, AutoCloseable {
  private static final String SECONDS_OF_LOAD = "2s";
  // A stall of half a second on a busy machine still fits into the sockets' buffers: a lost
  // datagram is a failed Pod.
  private static final String RATE = "100";

  private final Map<String, ObjectNode> applied = new HashMap<>();
  private final List<Load> loads = new ArrayList<>();
  private ServerProcess server;
  private String token;
  private ObjectNode job;
  private JsonNode beforeLoad;
  private JsonNode last;
  private String probed;

  @Override
  public synchronized void applied(String path, ObjectNode object) throws Exception {
    String kind = object.get("kind").asText();
    applied.put(kind, object);
    switch (kind) {
      case "Secret" ->
          token =
              new String(
                  Base64.getDecoder().decode(object.at("/data/token").asText()),
                  StandardCharsets.US_ASCII);
      case "Deployment" -> deploy(object);
      case "Job" -> startLoads(object);
      default -> {}
    }
  }

  private void deploy(ObjectNode deployment) throws Exception {
    JsonNode container = deployment.at("/spec/template/spec/containers/0");
    if (server == null) {
      server = startServer(container);
      probe(container);
    }
    int replicas = deployment.at("/spec/replicas").asInt();
    ObjectNode status = deployment.putObject("status").put("observedGeneration", 1);
    status.put("replicas", replicas).put("updatedReplicas", replicas);
    status.put("readyReplicas", replicas).put("availableReplicas", replicas);
  }

  private ServerProcess startServer(JsonNode container) throws IOException {
    JsonNode variable = container.at("/env/0");
    JsonNode secret = variable.at("/valueFrom/secretKeyRef");
    assertThat(applied.get("Secret").at("/metadata/name")).isEqualTo(secret.get("name"));
    assertThat(secret.get("key").asText()).isEqualTo("token");
    List<String> words = arguments(container);
    assertThat(words.remove(0)).isEqualTo("server");
    List<String> options = new ArrayList<>();
    for (String word : words) {
      switch (word) {
        case "--port=8888" -> options.addAll(List.of("--port", "0"));
        case "--admin=0.0.0.0:8889" -> options.addAll(List.of("--admin", "0.0.0.0:0"));
        case "--view=log" -> {} // ServerProcess reads the JSON view
        default -> options.add(word);
      }
    }
    assertThat(options).as("the manifest's port and admin address").hasSize(words.size() + 1);
    return ServerProcess.startBehind(
        List.of("env", variable.get("name").asText() + "=" + token),
        Transport.EPOLL,
        options.toArray(String[]::new));
  }

  /** The three probes, as kubelet would. */
  private void probe(JsonNode container) throws Exception {
    List<String> words = new ArrayList<>();
    container.at("/startupProbe/exec/command").forEach(word -> words.add(word.asText()));
    assertThat(words.subList(0, 2)).containsExactly("/opt/dualport/dual", "client");
    assertThat(words.get(3)).isEqualTo("127.0.0.1:8888");
    probed = String.join(" ", words);
    words.set(3, "127.0.0.1:" + server.port());
    Shell startup = Shell.run(client(words.subList(2, words.size())));
    assertThat(startup.exitCode()).as(startup.out() + startup.err()).isZero();
    assertThat(startup.out()).contains("open on TCP and UDP");
    for (String name : List.of("readinessProbe", "livenessProbe")) {
      JsonNode http = container.at("/" + name + "/httpGet");
      assertThat(http.get("port").asText()).isEqualTo("admin");
      assertThat(get(http.get("path").asText(), "").statusCode()).as(name).isEqualTo(200);
    }
    assertThat(get("/api/snapshot", "").statusCode()).as("without the token").isEqualTo(401);
  }

  private HttpResponse<String> get(String path, String bearer) throws Exception {
    int port = URI.create(server.started().get("admin").asText()).getPort();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Authorization", "Bearer " + bearer)
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode counters() throws Exception {
    return new ObjectMapper().readTree(get("/api/snapshot", token).body()).get("protocols");
  }

  private void startLoads(ObjectNode object) throws Exception {
    job = object;
    beforeLoad = counters();
    JsonNode service = applied.get("Service");
    String target =
        service.at("/metadata/name").asText() + ":" + service.at("/spec/ports/0/port").asText();
    List<String> words = arguments(object.at("/spec/template/spec/containers/0"));
    assertThat(words.remove(0)).isEqualTo("client");
    assertThat(words).as("the Service by its name").contains(target);
    words.replaceAll(
        word ->
            word.equals(target)
                ? "127.0.0.1:" + server.port()
                : word.replaceFirst("^--duration=.*", "--duration=" + SECONDS_OF_LOAD)
                    .replaceFirst("^--rate=.*", "--rate=" + RATE)
                    .replaceFirst("^--warmup=.*", "--warmup=0s"));
    for (int index = 0; index < object.at("/spec/completions").asInt(); index++) {
      loads.add(new Load(index, client(words)));
    }
  }

  private static List<String> arguments(JsonNode container) {
    List<String> words = new ArrayList<>();
    container.get("args").forEach(word -> words.add(word.asText()));
    return words;
  }

  private static List<String> client(List<String> words) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(ServerProcess.java(), "-jar", ServerProcess.CLIENT_JAR.toString()));
    command.addAll(words);
    return command;
  }

  @Override
  public synchronized List<ObjectNode> pods() {
    if (job == null) {
      return List.of();
    }
    if (loads.stream().noneMatch(load -> load.process.isAlive()) && !job.has("status")) {
      end();
    }
    return loads.stream().map(load -> load.pod(job)).toList();
  }

  private void end() {
    TreeSet<Integer> failed =
        loads.stream()
            .filter(load -> load.process.exitValue() != 0)
            .map(load -> load.index)
            .collect(Collectors.toCollection(TreeSet::new));
    ObjectNode status = job.putObject("status");
    if (!failed.isEmpty()) {
      status.put(
          "failedIndexes", failed.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
    ArrayNode conditions = status.putArray("conditions");
    conditions.addObject().put("type", "SuccessCriteriaMet").put("status", "False");
    conditions
        .addObject()
        .put("type", failed.isEmpty() ? "Complete" : "Failed")
        .put("status", "True");
    try {
      last = counters();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized String log(String pod) {
    return loads.stream().filter(load -> load.name.equals(pod)).findFirst().orElseThrow().printed();
  }

  /** What a counter of the server grew by while the loads ran. */
  long grownBy(String protocol, String counter) {
    String pointer = "/" + protocol + "/" + counter;
    return last.at(pointer).asLong() - beforeLoad.at(pointer).asLong();
  }

  /** The command of the startup probe, which has been run. */
  String probed() {
    return probed;
  }

  /** What each Pod of the Job printed, by name. */
  synchronized Map<String, String> printed() {
    return loads.stream().collect(Collectors.toMap(load -> load.name, Load::printed));
  }

  @Override
  public synchronized void deleted(String path) throws Exception {
    if (path.endsWith("/jobs/dualport-load")) {
      job = null;
    }
    if (path.endsWith("/namespaces/dualport")) {
      server.stop();
    }
  }

  @Override
  public void close() throws IOException {
    loads.forEach(load -> load.process.destroyForcibly());
    if (server != null) {
      server.close();
    }
  }

  /** One Pod of the Job. Its output goes through a pipe, as a container's does. */
  private static final class Load {
    private final int index;
    private final String name;
    private final Process process;
    private final StringBuilder output = new StringBuilder();
    private final Thread reader;

    Load(int index, List<String> command) throws IOException {
      this.index = index;
      this.name = "dualport-load-" + index + "-x7k9q";
      this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
      this.reader = new Thread(this::read, name);
      reader.start();
    }

    private void read() {
      try (InputStream in = process.getInputStream()) {
        output.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        output.append(e);
      }
    }

    /** Everything, once it has ended. */
    String printed() {
      try {
        reader.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return output.toString();
    }

    ObjectNode pod(ObjectNode job) {
      ObjectNode pod = new ObjectMapper().createObjectNode().put("kind", "Pod");
      ObjectNode metadata = pod.put("apiVersion", "v1").putObject("metadata").put("name", name);
      metadata.put("namespace", "dualport");
      ObjectNode labels = metadata.putObject("labels");
      labels.put("job-name", job.at("/metadata/name").asText());
      labels.put("controller-uid", job.at("/metadata/uid").asText());
      pod.set("spec", job.at("/spec/template/spec"));
      String phase =
          process.isAlive() ? "Running" : process.exitValue() == 0 ? "Succeeded" : "Failed";
      pod.putObject("status").put("phase", phase);
      return pod;
    }
  }
}
