package io.dualport.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of an API server as kubectl asks for: it keeps the objects it is given and hands them
 * out. It validates, schedules and starts nothing; that is {@link Workloads}'s.
 */
final class ClusterStandIn implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is done about the objects: given the path and what is stored there. */
  interface Workloads {
    /** Called for every object that was applied; may put status into it. */
    void applied(String path, ObjectNode object) throws Exception;

    /** Called when the object at the path, and all below it, are deleted. */
    void deleted(String path) throws Exception;

    /** The Pods, as they are now. */
    List<ObjectNode> pods();

    /** What a Pod printed so far; null where it cannot be had. */
    String log(String pod);
  }

  /** A map's entry in protobuf: the key with its length, the value with its. */
  private static final Pattern TOKEN = Pattern.compile("\\n\\x05token\\x12\\x20([0-9a-f]{32})");

  private final Map<String, ObjectNode> objects = new ConcurrentSkipListMap<>();
  private final List<String> requests = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;
  private final Workloads workloads;

  ClusterStandIn(Workloads workloads) throws IOException {
    this.workloads = workloads;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** A file for KUBECONFIG. */
  Path kubeconfig(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("kubeconfig"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: stand-in, cluster: {server: 'http://127.0.0.1:%d'}}]
        users: [{name: nobody, user: {}}]
        contexts: [{name: stand-in, context: {cluster: stand-in, user: nobody}}]
        current-context: stand-in
        """
            .formatted(server.getAddress().getPort()));
  }

  /** Method, path and query of each request that changed something. */
  List<String> changes() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  ObjectNode object(String path) {
    return objects.get(path);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      try {
        switch (exchange.getRequestMethod()) {
          case "GET" -> get(exchange, path);
          case "POST" -> create(exchange, path, body);
          case "PATCH" -> apply(exchange, path, body);
          case "DELETE" -> delete(exchange, path);
          default -> answer(exchange, 405, failure(405, "MethodNotAllowed", path));
        }
      } catch (Exception | AssertionError e) {
        e.printStackTrace();
        answer(exchange, 500, failure(500, "InternalError", e.toString()));
      }
    }
  }

  private void changed(HttpExchange exchange) {
    synchronized (requests) {
      requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    }
  }

  private void get(HttpExchange exchange, String path) throws Exception {
    if (path.endsWith("/log")) {
      String pod = path.substring(path.indexOf("/pods/") + 6, path.length() - 4);
      String printed = workloads.log(pod);
      if (printed == null) {
        answer(exchange, 404, failure(404, "NotFound", path));
        return;
      }
      byte[] log = printed.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      send(exchange, 200, log);
      return;
    }
    refreshPods();
    JsonNode found = ApiResources.discovery(path);
    if (found == null) {
      found = objects.get(path);
    }
    if (found == null && ApiResources.isList(path)) {
      found = list(path, exchange.getRequestURI().getQuery());
    }
    if (found == null) {
      answer(exchange, 404, failure(404, "NotFound", path));
    } else {
      answer(exchange, 200, found);
    }
  }

  private void refreshPods() {
    objects.keySet().removeIf(path -> path.contains("/pods/"));
    for (ObjectNode pod : workloads.pods()) {
      String namespace = pod.at("/metadata/namespace").asText();
      String name = pod.at("/metadata/name").asText();
      objects.put("/api/v1/namespaces/" + namespace + "/pods/" + name, pod);
    }
  }

  private void create(HttpExchange exchange, String path, byte[] body) throws Exception {
    changed(exchange);
    String kind = ApiResources.kind(path);
    ObjectNode object =
        body[0] == '{'
            ? (ObjectNode) JSON.readTree(body)
            : protobuf(kind, ApiResources.apiVersion(path), body);
    put(path + "/" + object.at("/metadata/name").asText(), object);
    answer(exchange, 201, object);
  }

  /**
   * The name, and a Secret's 32 hexadecimal digits, out of protobuf: what kubectl sends when it
   * knows the type. Names and digits stand in it as they are.
   */
  private static ObjectNode protobuf(String kind, String apiVersion, byte[] body) {
    String raw = new String(body, StandardCharsets.ISO_8859_1);
    ObjectNode object = JSON.createObjectNode().put("kind", kind);
    object.put("apiVersion", apiVersion);
    String name =
        Arrays.stream(raw.split("[^a-z0-9-]+"))
            .filter(word -> word.startsWith("dualport"))
            .findFirst()
            .orElseThrow();
    object.putObject("metadata").put("name", name);
    Matcher token = TOKEN.matcher(raw);
    if (token.find()) {
      object.putObject("data").put("token", token.group(1).getBytes(StandardCharsets.US_ASCII));
    }
    return object;
  }

  private void apply(HttpExchange exchange, String path, byte[] body) throws Exception {
    changed(exchange);
    ObjectNode object =
        (ObjectNode) ApiTypes.documents(new String(body, StandardCharsets.UTF_8)).get(0);
    put(path, object);
    answer(exchange, 200, object);
  }

  private void put(String path, ObjectNode object) throws Exception {
    ApiTypes.check(object);
    ObjectNode metadata = (ObjectNode) object.get("metadata");
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("resourceVersion", "1").put("generation", 1);
    objects.put(path, object);
    workloads.applied(path, object);
  }

  private void delete(HttpExchange exchange, String path) throws Exception {
    changed(exchange);
    ObjectNode object = objects.remove(path);
    objects.keySet().removeIf(other -> other.startsWith(path + "/"));
    if (object == null) {
      answer(exchange, 404, failure(404, "NotFound", path));
      return;
    }
    workloads.deleted(path);
    answer(exchange, 200, object);
  }

  /** All below the path that match label and name. */
  private JsonNode list(String path, String query) {
    ObjectNode list = JSON.createObjectNode();
    list.put("kind", ApiResources.kind(path) + "List");
    list.put("apiVersion", ApiResources.apiVersion(path));
    list.putObject("metadata").put("resourceVersion", "1");
    ArrayNode items = list.putArray("items");
    objects.forEach(
        (other, object) -> {
          if (other.startsWith(path + "/") && matches(object, query == null ? "" : query)) {
            items.add(object);
          }
        });
    return list;
  }

  private static boolean matches(ObjectNode object, String query) {
    for (String part : query.split("&")) {
      String[] words = part.split("=", 2);
      boolean fits =
          switch (words[0]) {
            case "labelSelector" -> hasLabels(object, words[1]);
            case "fieldSelector" ->
                words[1].equals("metadata.name=" + object.at("/metadata/name").asText());
            default -> true;
          };
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasLabels(ObjectNode object, String selector) {
    return Arrays.stream(selector.split(","))
        .map(label -> label.split("=", 2))
        .allMatch(l -> object.at("/metadata/labels").path(l[0]).asText().equals(l[1]));
  }

  private static ObjectNode failure(int code, String reason, String message) {
    ObjectNode status = JSON.createObjectNode().put("kind", "Status").put("apiVersion", "v1");
    status.put("status", "Failure").put("reason", reason).put("code", code);
    return status.put("message", message);
  }

  private static void answer(HttpExchange exchange, int code, JsonNode body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(exchange, code, JSON.writeValueAsBytes(body));
  }

  private static void send(HttpExchange exchange, int code, byte[] body) throws IOException {
    exchange.sendResponseHeaders(code, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
