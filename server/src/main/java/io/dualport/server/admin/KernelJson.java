package io.dualport.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.server.json.ShareJson;
import java.util.List;
import java.util.Set;

/** The kernel's rows for the port as JSON. */
final class KernelJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private KernelJson() {}

  static ObjectNode of(KernelReading reading, ObservedServer subject, int limit) {
    ObjectNode node = NODES.objectNode();
    node.put("instance", subject.facts().instance());
    node.put("time", reading.time().toString());
    node.put("available", reading.unavailable() == null);
    node.put("unavailable", reading.unavailable());
    node.put("total", reading.rows().size());
    ObjectNode states = node.putObject("states");
    reading
        .states()
        .forEach(
            (protocol, counts) -> {
              ObjectNode ofProtocol = states.putObject(protocol.label());
              counts.forEach((state, count) -> ofProtocol.put(state.name(), count));
            });
    List<SocketRow> shown = reading.rows().stream().limit(limit).toList();
    Set<SocketRow> ours = reading.ours(shown, subject.tables());
    ArrayNode sockets = node.putArray("sockets");
    shown.forEach(row -> sockets.add(socket(row, ours.contains(row), subject.facts().backlog())));
    ObjectNode counters = node.putObject("counters");
    reading.counters().forEach(counters::put);
    node.set("shares", ShareJson.of(reading.shares()));
    return node;
  }

  private static ObjectNode socket(SocketRow row, boolean ours, int backlog) {
    boolean listens = row.state() == SocketState.LISTEN;
    boolean hasPeer = row.remote().getPort() != 0;
    ObjectNode node = NODES.objectNode();
    node.put("protocol", row.protocol().label());
    node.put("state", row.state().name());
    node.put("local", Endpoint.text(row.local()));
    node.put("remote", hasPeer ? Endpoint.text(row.remote()) : null);
    node.put("ipv6", row.ipv6());
    node.put("inode", row.inode());
    node.put("uid", Integer.toUnsignedLong(row.uid()));
    node.put("ours", ours);
    // In a listener's row the kernel gives the length of its accept queue in place of bytes.
    node.put("receiveQueueBytes", listens ? null : row.receiveQueueBytes());
    node.put("transmitQueueBytes", row.transmitQueueBytes());
    node.put("acceptQueue", listens ? row.receiveQueueBytes() : null);
    node.put("acceptQueueMax", listens && ours ? backlog : null);
    node.put("drops", row.protocol() == Protocol.UDP ? row.drops() : null);
    return node;
  }
}
