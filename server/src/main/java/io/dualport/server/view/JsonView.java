package io.dualport.server.view;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Endpoint;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.SocketRow;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.json.FlowJson;
import io.dualport.server.json.ShareJson;
import java.io.PrintStream;
import java.time.Instant;

/**
 * One JSON object a line, for programs: the events {@code started}, {@code progress}, {@code
 * stopped}.
 */
public final class JsonView implements ServerView {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final PrintStream out;

  public JsonView(PrintStream out) {
    this.out = out;
  }

  @Override
  public void started(StartReport report) {
    ServerFacts facts = report.facts();
    ObjectNode event = event("started", Instant.now());
    event.put("instance", facts.instance());
    event.put("port", facts.port());
    event.put("transport", facts.transport() + " (" + facts.transportReason() + ")");
    event.put("eventLoops", facts.eventLoops());
    event.set("inherited", descriptors(facts));
    event.put("shards", facts.shards());
    event.put("maxPendingBytes", facts.limits().maxPendingBytes());
    event.put("segmentation", facts.segmentation());
    event.put("reach", facts.reach());
    event.put("guard", facts.guard());
    event.put("displayFilter", facts.displayFilter());
    event.put("admin", report.admin());
    event.put("pid", report.self().pid());
    ArrayNode sockets = event.putArray("sockets");
    for (SocketRow row : report.sockets()) {
      sockets
          .addObject()
          .put("protocol", row.protocol().label())
          .put("state", row.state().name())
          .put("local", Endpoint.text(row.local()))
          .put("ipv6", row.ipv6())
          .put("inode", row.inode());
    }
    print(event);
  }

  @Override
  public void progress(TableSnapshot before, TableSnapshot now) {
    ObjectNode event = event("progress", now.taken());
    event.set("protocols", protocols(now));
    print(event);
  }

  @Override
  public void stopped(StopReport report) {
    ObjectNode event = event("stopped", report.flows().taken());
    event.put("instance", report.facts().instance());
    event.set("inherited", descriptors(report.facts()));
    event.put("uptimeMillis", report.uptime().toMillis());
    event.set("protocols", protocols(report.flows()));
    ArrayNode flows = event.putArray("flows");
    report.flows().busiest(report.listedFlows()).forEach(flow -> flows.add(FlowJson.flow(flow)));
    event.put("flowsNotListed", FinalTables.flowsSeen(report.flows()) - flows.size());
    report
        .kernel()
        .ifPresent(
            kernel -> {
              ObjectNode counters = event.putObject("kernel");
              kernel.values().forEach(counters::put);
            });
    event.set("kernelShares", ShareJson.of(report.shares()));
    event.put(
        "kernelDrops", report.kernelDrops().isPresent() ? report.kernelDrops().getAsLong() : null);
    ArrayNode imbalances = event.putArray("imbalances");
    report.flows().imbalances().forEach(imbalances::add);
    print(event);
  }

  private static ArrayNode descriptors(ServerFacts facts) {
    ArrayNode descriptors = NODES.arrayNode();
    facts.inherited().forEach(descriptors::add);
    return descriptors;
  }

  private static ObjectNode event(String name, Instant when) {
    return NODES.objectNode().put("event", name).put("time", when.toString());
  }

  private static ObjectNode protocols(TableSnapshot flows) {
    return FlowJson.protocols(flows.totals());
  }

  private void print(ObjectNode event) {
    out.println(event);
    out.flush();
  }
}
