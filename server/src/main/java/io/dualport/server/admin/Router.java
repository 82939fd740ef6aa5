package io.dualport.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.FlowSnapshot;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.json.FlowJson;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Path to answer. For the admin side's one thread. */
final class Router {
  private static final int DEFAULT_KERNEL_ROWS = 100;
  private static final int MAX_KERNEL_ROWS = 1000;

  /** The kernel's table is as long as it has sockets, so it is read at most so often. */
  private static final long KERNEL_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** What is there beside the page's files and the health checks. */
  private static final Set<String> SUBJECTS =
      Set.of("/api/snapshot", "/api/flows", "/api/kernel", "/api/events", "/metrics");

  private final ObservedServer subject;
  private final AdminCounters counters;
  private final Metrics metrics;
  private final Assets assets = new Assets();
  private KernelReading kernel;
  private long kernelNanos;

  Router(ObservedServer subject, AdminCounters counters, int metricsFlows) {
    this.subject = subject;
    this.counters = counters;
    this.metrics = new Metrics(subject, metricsFlows);
  }

  /** Whether a path is answered from memory: health checks and the page's files. */
  static boolean costsNothing(String path) {
    return !path.startsWith("/api/") && !path.equals("/metrics");
  }

  /**
   * Answers a request that was let in.
   *
   * @param uri path and query as they came
   * @param last the frame of the last full second
   */
  HttpAnswer answer(String path, String uri, HttpHeaders headers, Frame last) {
    try {
      return switch (path) {
        case "/api/snapshot" -> snapshot(uri, last);
        case "/api/flows" -> flows(FlowQuery.parse(uri));
        case "/api/kernel" -> kernel(uri);
        case "/metrics" ->
            metrics.answer(
                Frame.read(subject.tables(), subject.state(), last),
                kernel(),
                counters,
                headers.get(HttpHeaderNames.ACCEPT));
        case "/healthz" ->
            subject.alive().getAsBoolean()
                ? HttpAnswer.text(HttpResponseStatus.OK, "ok")
                : HttpAnswer.text(
                    HttpResponseStatus.SERVICE_UNAVAILABLE, "an event loop has ended");
        case "/readyz" ->
            subject.draining().getAsBoolean()
                ? HttpAnswer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "draining")
                : HttpAnswer.text(HttpResponseStatus.OK, "ready");
        default ->
            assets
                .get(path, headers.get(HttpHeaderNames.IF_NONE_MATCH))
                .orElseGet(
                    () -> {
                      counters.refused(HttpRefusal.PATH);
                      return HttpAnswer.refusal(HttpRefusal.PATH);
                    });
      };
    } catch (BadParameterException e) {
      counters.refused(HttpRefusal.PARAMETER);
      return HttpAnswer.badParameter(e);
    }
  }

  /** What may be asked of a path; {@code *} is the server itself. */
  HttpAnswer methods(String path) {
    if (path.equals("*") || SUBJECTS.contains(path) || assets.get(path, null).isPresent()) {
      return HttpAnswer.METHODS;
    }
    counters.refused(HttpRefusal.PATH);
    return HttpAnswer.refusal(HttpRefusal.PATH);
  }

  private HttpAnswer snapshot(String uri, Frame last) throws BadParameterException {
    new Parameters(uri, Set.of());
    Frame now = Frame.read(subject.tables(), subject.state(), last);
    // The rates are of the last full second; the counters are of now.
    ObjectNode node =
        new Frame(last.number(), now.time(), now.nanos(), now.state(), now.readings(), last.rates())
            .json(subject);
    ServerFacts facts = subject.facts();
    node.put("version", facts.version());
    node.put("pid", ProcessHandle.current().pid());
    node.put("started", facts.started().toString());
    node.put("port", facts.port());
    ArrayNode addresses = node.putArray("addresses");
    facts.addresses().forEach(addresses::add);
    node.put("reach", facts.reach());
    ArrayNode inherited = node.putArray("inherited");
    facts.inherited().forEach(inherited::add);
    node.put("transport", facts.transport());
    node.put("eventLoops", facts.eventLoops());
    node.put("guard", facts.guard());
    node.put("displayFilter", facts.displayFilter());
    ServerFacts.Limits bounds = facts.limits();
    ObjectNode limits = node.putObject("limits");
    limits.put("maxConnections", bounds.maxConnections());
    limits.put("maxConnectionsPerSource", orNull(bounds.maxConnectionsPerSource()));
    limits.put("maxPendingBytes", bounds.maxPendingBytes());
    limits.put("maxFlows", bounds.maxFlows());
    limits.put("idleTimeoutMillis", bounds.idleTimeoutMillis());
    limits.put("udpRate", orNull(bounds.udpRate()));
    ObjectNode admin = node.putObject("admin");
    admin.put("connections", counters.connections());
    admin.put("streams", counters.streams());
    admin.put("requests", counters.requests());
    ObjectNode refused = admin.putObject("refused");
    counters.refused().forEach((refusal, count) -> refused.put(refusal.key(), count));
    admin.put("framesLost", counters.framesLost());
    admin.put("acceptFailures", counters.acceptFailures());
    return HttpAnswer.json(HttpResponseStatus.OK, node);
  }

  private static Integer orNull(OptionalInt limit) {
    return limit.isPresent() ? limit.getAsInt() : null;
  }

  private HttpAnswer flows(FlowQuery query) {
    FlowPage page = FlowPage.of(subject.tables(), query);
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("instance", subject.facts().instance());
    node.put("time", Instant.now().toString());
    node.put("total", page.total());
    node.put("offset", query.offset());
    node.put("limit", query.limit());
    node.put("sort", query.sort().key());
    node.put("order", query.descending() ? "desc" : "asc");
    ArrayNode flows = node.putArray("flows");
    for (FlowSnapshot flow : page.flows()) {
      flows.add(FlowJson.flow(flow).put("twin", page.twins().contains(flow.tuple())));
    }
    return HttpAnswer.json(HttpResponseStatus.OK, node);
  }

  private HttpAnswer kernel(String uri) throws BadParameterException {
    int limit =
        new Parameters(uri, Set.of("limit"))
            .number("limit", DEFAULT_KERNEL_ROWS, 1, MAX_KERNEL_ROWS);
    return HttpAnswer.json(HttpResponseStatus.OK, KernelJson.of(kernel(), subject, limit));
  }

  private KernelReading kernel() {
    long now = System.nanoTime();
    if (kernel == null || now - kernelNanos >= KERNEL_EVERY_NANOS) {
      kernel = KernelReading.of(subject);
      kernelNanos = now;
    }
    return kernel;
  }
}
