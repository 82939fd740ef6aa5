package io.dualport.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolSnapshot;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.SocketRow;
import java.io.PrintStream;
import java.time.Instant;

/**
 * One JSON object a line, for programs: the events {@code started}, {@code progress}, {@code
 * stopped}.
 */
final class JsonView implements ServerView {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final PrintStream out;

  JsonView(PrintStream out) {
    this.out = out;
  }

  @Override
  public void started(StartReport report) {
    ObjectNode event = event("started", Instant.now());
    event.put("port", report.port());
    event.put("transport", report.transport());
    event.put("eventLoops", report.eventLoops());
    event.put("reach", report.reach());
    event.put("guard", report.guard());
    event.put("displayFilter", report.displayFilter());
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
    event.put("uptimeMillis", report.uptime().toMillis());
    event.set("protocols", protocols(report.flows()));
    ArrayNode flows = event.putArray("flows");
    report.flows().busiest(report.listedFlows()).forEach(flow -> flows.add(flow(flow)));
    event.put("flowsNotListed", FinalTables.flowsSeen(report.flows()) - flows.size());
    report
        .kernel()
        .ifPresent(
            kernel -> {
              ObjectNode counters = event.putObject("kernel");
              kernel.values().forEach(counters::put);
            });
    event.put("kernelDrops", report.kernelDrops());
    ArrayNode imbalances = event.putArray("imbalances");
    report.flows().imbalances().forEach(imbalances::add);
    print(event);
  }

  private static ObjectNode event(String name, Instant when) {
    return NODES.objectNode().put("event", name).put("time", when.toString());
  }

  private static ObjectNode protocols(TableSnapshot flows) {
    ObjectNode protocols = NODES.objectNode();
    for (Protocol protocol : Protocol.values()) {
      ProtocolSnapshot snapshot = flows.protocol(protocol);
      ObjectNode counters = counters(protocol, snapshot.totals());
      if (protocol == Protocol.TCP) {
        counters.put("connectionsOpen", snapshot.totals().connectionsOpen());
      }
      counters.put("flowsLive", snapshot.liveFlows());
      counters.put("flowsEnded", snapshot.endedFlows());
      counters.put("messagesWithoutEntry", snapshot.withoutEntry().get(Counter.MESSAGES_IN));
      protocols.set(protocol.label(), counters);
    }
    return protocols;
  }

  private static ObjectNode counters(Protocol protocol, CounterValues values) {
    ObjectNode counters = NODES.objectNode();
    for (Counter counter : Counter.values()) {
      if (counter.appliesTo(protocol)) {
        counters.put(counter.key(), values.get(counter));
      }
    }
    return counters;
  }

  private static ObjectNode flow(FlowSnapshot flow) {
    ObjectNode node = NODES.objectNode();
    node.put("protocol", flow.tuple().protocol().label());
    node.put("source", Endpoint.text(flow.tuple().source()));
    node.put("destination", Endpoint.text(flow.tuple().destination()));
    node.put("messagesIn", flow.counters().get(Counter.MESSAGES_IN));
    node.put("messagesOut", flow.counters().get(Counter.MESSAGES_OUT));
    node.put("bytesIn", flow.counters().get(Counter.BYTES_IN));
    node.put("bytesOut", flow.counters().get(Counter.BYTES_OUT));
    node.put("dropped", flow.counters().sum(Counter.drops()));
    node.put("firstSeen", flow.firstSeen().toString());
    node.put("lastSeen", flow.lastSeen().toString());
    node.put("eventLoop", flow.eventLoop());
    node.put("inode", flow.inode() == Flow.UNKNOWN ? null : flow.inode());
    node.put("rttMicros", flow.rttMicros() == Flow.UNKNOWN ? null : flow.rttMicros());
    node.put("ended", flow.endedBy());
    return node;
  }

  private void print(ObjectNode event) {
    out.println(event);
    out.flush();
  }
}
