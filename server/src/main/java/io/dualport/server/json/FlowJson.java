package io.dualport.server.json;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolTotals;
import java.util.Map;

/** Counters and flows as JSON; the same keys on standard output and on the admin side. */
public final class FlowJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private FlowJson() {}

  /** Both protocols by their label, each with its counters and what follows from them. */
  public static ObjectNode protocols(Map<Protocol, ProtocolTotals> readings) {
    ObjectNode protocols = NODES.objectNode();
    for (Protocol protocol : Protocol.values()) {
      ProtocolTotals reading = readings.get(protocol);
      ObjectNode counters = counters(protocol, reading.totals());
      if (protocol == Protocol.TCP) {
        counters.put("connectionsOpen", reading.totals().connectionsOpen());
      }
      counters.put("flowsLive", reading.liveFlows());
      counters.put("flowsEnded", reading.endedFlows());
      counters.put("messagesWithoutEntry", reading.withoutEntry().get(Counter.MESSAGES_IN));
      if (protocol == Protocol.TCP) {
        counters.put("readsWithoutEntry", reading.withoutEntry().get(Counter.READS));
      }
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

  /**
   * One five-tuple and what passed through it; null where the kernel did not tell, where a datagram
   * has no such thing, and for the messages of a stream that is no probe.
   */
  public static ObjectNode flow(FlowSnapshot flow) {
    ObjectNode node = NODES.objectNode();
    node.put("protocol", flow.tuple().protocol().label());
    node.put("source", Endpoint.text(flow.tuple().source()));
    node.put("destination", Endpoint.text(flow.tuple().destination()));
    node.put("framing", flow.framing() == null ? null : flow.framing().key());
    node.put("messagesIn", flow.hasMessages() ? flow.counters().get(Counter.MESSAGES_IN) : null);
    node.put("messagesOut", flow.hasMessages() ? flow.counters().get(Counter.MESSAGES_OUT) : null);
    boolean isStream = flow.tuple().protocol() == Protocol.TCP;
    node.put("reads", isStream ? flow.counters().get(Counter.READS) : null);
    node.put("writes", isStream ? flow.counters().get(Counter.WRITES) : null);
    node.put("bytesIn", flow.counters().get(Counter.BYTES_IN));
    node.put("bytesOut", flow.counters().get(Counter.BYTES_OUT));
    node.put("dropped", flow.counters().sum(Counter.drops()));
    ObjectNode drops = node.putObject("drops");
    for (Counter reason : Counter.drops()) {
      if (flow.counters().get(reason) > 0) {
        drops.put(reason.key(), flow.counters().get(reason));
      }
    }
    node.put("firstSeen", flow.firstSeen().toString());
    node.put("lastSeen", flow.lastSeen().toString());
    node.put("eventLoop", flow.eventLoop());
    node.put("inode", flow.inode() == Flow.UNKNOWN ? null : flow.inode());
    node.put("rttMicros", flow.rttMicros() == Flow.UNKNOWN ? null : flow.rttMicros());
    node.put("ended", flow.endedBy());
    return node;
  }
}
