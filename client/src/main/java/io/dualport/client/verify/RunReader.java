package io.dualport.client.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.client.message.SizeRange;
import io.dualport.client.verify.RunResult.Share;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads what {@code send} or {@code load} printed. */
final class RunReader {
  private static final String REMEDY =
      "name what dual-client send or load printed with --format json";
  private static final Pattern RUN_ID = Pattern.compile("[0-9a-f]{16}");

  private final String file;
  private final JsonNode result;
  private final List<JsonRow> rows = new ArrayList<>();
  private final Map<Protocol, Share> shares = new EnumMap<>(Protocol.class);
  private final List<String> contradictions = new ArrayList<>();

  private RunReader(String file, JsonNode result) {
    this.file = file;
    this.result = result;
  }

  static RunResult read(Path path) throws RefusedInputException {
    String file = JsonFile.name(path);
    JsonNode result = JsonFile.last(path, JsonNode::isObject, REMEDY);
    if (result == null || !result.path("rows").isArray() || result.path("rows").isEmpty()) {
      throw new RefusedInputException(file + " has no rows; " + REMEDY);
    }
    return new RunReader(file, result).read();
  }

  private RunResult read() throws RefusedInputException {
    rows.addAll(rows(result, "rows"));
    JsonRow first = rows.get(0);
    boolean isLoad = first.node().has("sizeMinBytes");
    if (!isLoad && !first.node().has("verdict") || !first.node().has("runId")) {
      throw new RefusedInputException(file + " is no result of send or load; " + REMEDY);
    }
    String runId = first.text("runId");
    if (runId == null || !RUN_ID.matcher(runId).matches()) {
      throw first.refused("runId", "16 hexadecimal digits");
    }
    if (!first.node().has("timeoutNanos") || isLoad && !result.path("flows").isArray()) {
      throw new RefusedInputException(
          file + " has no timeoutNanos or flows: an older dual-client wrote it; run it again");
    }
    for (JsonRow row : rows) {
      if (isLoad) {
        addLoad(row);
      } else {
        addSend(row);
      }
    }
    String destination = isLoad ? first.end("address") : destinationOfSend();
    return new RunResult(
        file,
        isLoad ? "load" : "send",
        String.valueOf(first.text("target")),
        destination,
        Long.parseUnsignedLong(runId, 16),
        first.count("timeoutNanos"),
        "yes".equals(first.text("interrupted")),
        shares,
        List.copyOf(contradictions));
  }

  private String destinationOfSend() throws RefusedInputException {
    for (JsonRow row : rows) {
      if (row.end("destination") != null) {
        return row.end("destination");
      }
    }
    throw new RefusedInputException(
        file + ": nothing was sent, as its verdicts say; there is nothing to hold against packets");
  }

  private List<JsonRow> rows(JsonNode from, String member) {
    List<JsonRow> found = new ArrayList<>();
    int number = 0;
    for (JsonNode row : from.path(member)) {
      found.add(new JsonRow(file + ", " + member + "[" + number++ + "]", row));
    }
    return found;
  }

  /** One socket for each protocol. */
  private void addSend(JsonRow row) throws RefusedInputException {
    long size = row.count("sizeBytes");
    long sent = row.count("sent");
    long echoed = row.count("echoed");
    long damaged = row.count("corrupted") + row.count("truncated");
    long beyond = row.count("duplicated") + row.count("late");
    Protocol protocol = row.protocol();
    ClientFlow flow =
        new ClientFlow(
            protocol,
            row.end("source"),
            row.end("destination"),
            0,
            sent,
            echoed,
            echoed + damaged + (protocol == Protocol.UDP ? beyond : 0),
            row.count("lost"),
            row.count("duplicated"),
            row.count("late"),
            sent - echoed - damaged - row.count("lost"),
            damaged > 0,
            sent * size,
            damaged == 0 ? (echoed + beyond) * size : ClientFlow.UNKNOWN);
    TreeMap<Long, ClientFlow> flows = new TreeMap<>();
    if (flow.source() != null) {
      flows.put(0L, flow);
    }
    add(row, new Share(protocol, sizes(row, size, size), flows, null));
  }

  private void addLoad(JsonRow row) throws RefusedInputException {
    Protocol protocol = row.protocol();
    TreeMap<Long, ClientFlow> flows = new TreeMap<>();
    for (JsonRow flow : rows(result, "flows")) {
      if (flow.protocol() == protocol) {
        ClientFlow read = flow(flow, flow.end("source"), flow.end("destination"));
        if (flows.put(flow.count("firstSequence"), read) != null) {
          throw flow.refused("firstSequence", "a number that no other five-tuple has");
        }
      }
    }
    ClientFlow leftOut = null;
    for (JsonRow others : rows(result, "flowsLeftOut")) {
      if (others.protocol() == protocol && others.count("flows") > 0) {
        leftOut = flow(others, null, row.end("address"));
      }
    }
    SizeRange sizes = sizes(row, row.count("sizeMinBytes"), row.count("sizeMaxBytes"));
    Share share = new Share(protocol, sizes, flows, leftOut);
    add(row, share);
    compare(row, "sent", "warmupSent", share.sent());
    compare(
        row, "echoed", "warmupEchoed", share.all().stream().mapToLong(ClientFlow::answered).sum());
  }

  /** The books of the protocol and those of its five-tuples are kept apart. */
  private void compare(JsonRow row, String measured, String warmup, long sum)
      throws RefusedInputException {
    long total = row.count(measured) + row.count(warmup);
    if (total != sum) {
      contradictions.add(
          Words.format(
              "%s: %s %d with the warm-up, and %d over its five-tuples",
              row.protocol().label(), measured, total, sum));
    }
  }

  private static ClientFlow flow(JsonRow row, String source, String destination)
      throws RefusedInputException {
    Protocol protocol = row.protocol();
    long echoed = row.count("echoed");
    long damaged = row.count("corrupted") + row.count("truncated");
    return new ClientFlow(
        protocol,
        source,
        destination,
        row.countOrZero("firstSequence"),
        row.count("sent"),
        echoed,
        echoed
            + damaged
            + (protocol == Protocol.UDP
                ? row.count("duplicated") + row.count("late") + row.count("stray")
                : 0),
        row.count("lost"),
        row.count("duplicated"),
        row.count("late"),
        row.count("sent") - echoed - damaged - row.count("lost"),
        damaged > 0,
        row.count("bytesOut"),
        row.count("bytesIn"));
  }

  private static SizeRange sizes(JsonRow row, long min, long max) throws RefusedInputException {
    if (max > SizeRange.MAX || min > max) {
      throw row.refused("sizeMaxBytes", "at most " + SizeRange.MAX);
    }
    return new SizeRange((int) min, (int) max);
  }

  private void add(JsonRow row, Share share) throws RefusedInputException {
    if (shares.put(share.protocol(), share) != null) {
      throw row.refused("protocol", "one row for each protocol");
    }
  }
}
