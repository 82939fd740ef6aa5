package io.dualport.server.view;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Endpoint;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.SocketRow;
import io.dualport.server.echo.InheritedSockets;
import io.dualport.server.json.FlowJson;
import io.dualport.server.json.ShareJson;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
    ObjectNode event = event("started", Instant.now());
    event.put("instance", report.instance());
    event.put("port", report.port());
    event.put("transport", report.transport());
    event.put("eventLoops", report.eventLoops());
    event.set("inherited", inherited(report.inherited()));
    event.put("shards", report.shards());
    event.put("maxPendingBytes", report.maxPendingBytes());
    event.put("segmentation", report.segmentation());
    event.put("reach", report.reach());
    event.put("guard", report.guard());
    event.put("displayFilter", report.displayFilter());
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
    event.put("instance", report.instance());
    event.set("inherited", inherited(report.inherited()));
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

  /** Descriptors that it was started with; none where it bound the port itself. */
  private static ArrayNode inherited(Optional<InheritedSockets> sockets) {
    ArrayNode descriptors = NODES.arrayNode();
    sockets.map(InheritedSockets::descriptors).orElse(List.of()).forEach(descriptors::add);
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
