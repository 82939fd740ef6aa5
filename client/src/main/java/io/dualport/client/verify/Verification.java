package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The three accounts of a run, five-tuple by five-tuple.
 *
 * @param rows the client's five-tuples in its order, then those that only the capture has
 */
record Verification(RunResult run, Capture capture, ServerCounts server, List<Row> rows) {

  static Verification of(RunResult run, Capture capture, ServerCounts server) {
    return new Verification(run, capture, server, new Rows(run, capture, server).all());
  }

  boolean isAgreed() {
    return rows.stream().allMatch(row -> row.finding().isAgreed())
        && run.contradictions().isEmpty()
        && capture.beyond() == 0
        && !isServerAlien();
  }

  /** Rows that are captured and that none of the server's counters were held against. */
  long withoutServer() {
    Set<ClientFlow> held = new HashSet<>();
    rows.stream().filter(row -> row.server() != null).forEach(row -> held.add(row.client()));
    return rows.stream()
        .filter(row -> row.captured() != null && row.server() == null)
        .filter(row -> row.client() == null || !held.contains(row.client()))
        .filter(row -> server.of(row.tuple()).isEmpty())
        .count();
  }

  /** Whether the server's counters were given and have nothing of what is captured. */
  boolean isServerAlien() {
    return server.isGiven()
        && isCaptured()
        && withoutServer() == rows.stream().filter(row -> row.captured() != null).count();
  }

  /** Whether a message of the run is in the capture at all. */
  boolean isCaptured() {
    return !capture.flows().isEmpty();
  }

  /** Makes the rows. */
  private static final class Rows {
    private final RunResult run;
    private final Capture capture;
    private final ServerCounts server;
    private final Map<ClientFlow, List<CapturedFlow>> byClient = new LinkedHashMap<>();
    private final Map<FlowKey, List<CapturedFlow>> byTuple = new HashMap<>();
    private final Set<FlowKey> said = new HashSet<>();
    private final List<Row> rows = new ArrayList<>();

    Rows(RunResult run, Capture capture, ServerCounts server) {
      this.run = run;
      this.capture = capture;
      this.server = server;
      for (CapturedFlow flow : capture.flows()) {
        byClient.computeIfAbsent(flow.client(), client -> new ArrayList<>()).add(flow);
        byTuple.computeIfAbsent(flow.tuple(), tuple -> new ArrayList<>()).add(flow);
      }
    }

    List<Row> all() {
      run.shares().values().forEach(share -> share.all().forEach(this::add));
      byClient.getOrDefault(null, List.of()).forEach(this::addUnknown);
      return List.copyOf(rows);
    }

    private void add(ClientFlow client) {
      List<CapturedFlow> captured = byClient.getOrDefault(client, List.of());
      if (captured.isEmpty()) {
        rows.add(notCaptured(client));
      }
      boolean isAtServer = captured.stream().anyMatch(flow -> counters(flow).isPresent());
      for (CapturedFlow flow : captured) {
        rows.add(row(client, flow, isAtServer));
      }
    }

    /** The server's counters of a captured five-tuple, also of one that was rewritten after it. */
    private Optional<ServerFlow> counters(CapturedFlow flow) {
      if (!flow.members().isEmpty()) {
        List<ServerFlow> found =
            flow.members().stream().flatMap(tuple -> server.of(tuple).stream()).toList();
        return found.size() == flow.members().size()
            ? found.stream().reduce(ServerFlow::plus)
            : Optional.empty();
      }
      Optional<ServerFlow> own = server.of(flow.tuple());
      return own.isPresent() || flow.stamped() == null ? own : server.of(flow.stamped());
    }

    private Row row(ClientFlow client, CapturedFlow flow, boolean isAtServer) {
      List<CapturedFlow> sharing = byTuple.get(flow.tuple());
      ServerFlow counters = counters(flow).orElse(null);
      if (counters == null && server.isComplete() && !isAtServer && flow.members().isEmpty()) {
        counters = ServerFlow.NOTHING;
      }
      if (counters != null && sharing.size() > 1 && !said.add(flow.tuple())) {
        counters = null; // its one entry was held against all of them with the first
      }
      if (counters != null && client.protocol() == Protocol.UDP) {
        CapturedCopies.discount(sharing, counters);
      }
      Comparison finding =
          Judge.judge(
              new Accounts(
                  client,
                  flow,
                  sharing,
                  counters,
                  server.kernelDrops(),
                  capture.isIncomplete(),
                  flow.areMessagesKnown(run.shares().get(client.protocol()).canName()),
                  run.isInterrupted()));
      return new Row(flow.tuple(), client, flow, counters, finding);
    }

    private Row notCaptured(ClientFlow client) {
      boolean isListed = run.shares().get(client.protocol()).leftOut() != client;
      FlowKey tuple =
          client.source() != null
              ? client.tuple()
              : isListed ? null : new FlowKey(client.protocol(), "", run.destination());
      ServerFlow counters = tuple == null ? null : server.of(tuple).orElse(null);
      if (client.sent() == 0 || client.source() == null && client.bytesOut() == 0) {
        return new Row(tuple, client, null, counters, Comparison.AGREE);
      }
      boolean isConfirmed = counters != null && counters.bytesIn() >= client.bytesOut();
      Comparison finding =
          isConfirmed
              ? Agreement.CAPTURE_INCOMPLETE.because(
                  "client and server",
                  "no message of it is in the capture, and the server took them")
              : Agreement.UNDECIDED.because(
                  null,
                  "no message of it is in the capture: of another run, another place, "
                      + (capture.cutAside() > 0 ? "filtered, or cut off" : "or filtered"));
      return new Row(tuple, client, null, counters, finding);
    }

    private void addUnknown(CapturedFlow flow) {
      rows.add(
          new Row(
              flow.tuple(),
              null,
              flow,
              counters(flow).orElse(null),
              Agreement.CLIENT_WRONG.because(
                  "capture",
                  "the capture holds messages of this run from a five-tuple that the result has"
                      + " not")));
    }
  }
}
