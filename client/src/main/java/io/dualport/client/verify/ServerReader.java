package io.dualport.client.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.flow.Protocol;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the server's counters: its last words of {@code --view json}, or saved API answers. */
final class ServerReader {
  private static final String REMEDY =
      "name what dual-server --view json printed until it stopped, or saved answers of"
          + " /api/flows?state=all";

  private final Map<Key, ServerFlow> readings = new HashMap<>();
  private boolean isComplete;
  private long kernelDrops;

  /** One use of a five-tuple: a port can be used again. */
  private record Key(FlowKey tuple, String firstSeen) {}

  private ServerReader() {}

  /**
   * @param files pages of one list, or readings at different times: of one use of a five-tuple the
   *     highest counts
   */
  static ServerCounts read(List<Path> files) throws RefusedInputException {
    if (files.isEmpty()) {
      return ServerCounts.NONE;
    }
    ServerReader reader = new ServerReader();
    for (Path file : files) {
      reader.add(file);
    }
    Map<FlowKey, ServerFlow> flows = new HashMap<>();
    reader.readings.forEach((key, flow) -> flows.merge(key.tuple, flow, ServerFlow::plus));
    return new ServerCounts(true, reader.isComplete, reader.kernelDrops, flows);
  }

  private void add(Path path) throws RefusedInputException {
    JsonNode value = JsonFile.last(path, node -> node.path("flows").isArray(), REMEDY);
    String file = JsonFile.name(path);
    if (value == null) {
      throw new RefusedInputException(file + " lists no five-tuples; " + REMEDY);
    }
    JsonRow head = new JsonRow(file, value);
    isComplete |= value.has("flowsNotListed") && head.count("flowsNotListed") == 0;
    if (value.path("kernelDrops").asLong(0) > 0) {
      kernelDrops = Math.max(kernelDrops, value.path("kernelDrops").asLong());
    }
    int number = 0;
    for (JsonNode flow : value.get("flows")) {
      add(new JsonRow(file + ", flows[" + number++ + "]", flow));
    }
  }

  private void add(JsonRow row) throws RefusedInputException {
    String source = row.end("source");
    String destination = row.end("destination");
    if (source == null || destination == null) {
      throw row.refused(source == null ? "source" : "destination", "an address and a port");
    }
    Protocol protocol = row.protocol();
    // Without the member it is a server that called each read of TCP a message.
    boolean areMessagesKnown = protocol == Protocol.UDP || "probe".equals(row.text("framing"));
    ServerFlow flow =
        new ServerFlow(
            areMessagesKnown ? row.count("messagesIn") : ServerFlow.UNKNOWN,
            areMessagesKnown ? row.count("messagesOut") : ServerFlow.UNKNOWN,
            row.count("bytesIn"),
            row.count("bytesOut"),
            row.countOrZero("dropped"));
    readings.merge(
        new Key(new FlowKey(protocol, source, destination), row.text("firstSeen")),
        flow,
        (a, b) -> b.bytesIn() + b.messagesIn() >= a.bytesIn() + a.messagesIn() ? b : a);
  }
}
