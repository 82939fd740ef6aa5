package io.dualport.server.live;

import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.report.Quantities;
import io.dualport.terminal.Grid;
import io.dualport.terminal.Grid.Cell;
import io.dualport.terminal.Grid.Heading;
import io.dualport.terminal.Line;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The kernel's own rows for the port. */
final class KernelSection {
  /** Sockets that are listed; with --host any there is one for each address. */
  private static final int MAX_LISTED = 6;

  private static final List<Heading> HEADINGS =
      List.of(
          heading("kernel", false, 0),
          heading("state", false, 2),
          heading("local address", false, 1),
          heading("accept queue", true, 3),
          heading("receive queue", true, 5),
          heading("send queue", true, 6),
          heading("drops", true, 4),
          heading("inode", true, 7));

  private final Model model;
  private final int columns;

  KernelSection(Model model, int columns) {
    this.model = model;
    this.columns = columns;
  }

  private static Heading heading(String text, boolean alignsRight, int rank) {
    return new Heading(text, alignsRight, rank, 0, Style.FAINT);
  }

  int height() {
    return lines().size();
  }

  List<Line> lines() {
    if (model.kernel().isEmpty()) {
      return List.of(Line.of("kernel   this system does not show its socket table", Style.FAINT));
    }
    KernelRows rows = model.kernel().get();
    List<Line> lines = new ArrayList<>();
    lines.addAll(
        new Grid(HEADINGS, rows.waiting().stream().limit(MAX_LISTED).map(this::cells).toList())
            .lines(columns));
    lines.add(connections(rows));
    return lines;
  }

  private List<Cell> cells(SocketRow row) {
    boolean listens = row.state() == SocketState.LISTEN;
    return List.of(
        new Cell(row.protocol().label(), listens ? Style.TCP : Style.UDP),
        Cell.of(row.state().name()),
        Cell.of(row.localText() + stranger(row)),
        queue(listens, row.receiveQueueBytes()),
        Cell.of(listens ? "-" : Quantities.bytes(row.receiveQueueBytes())),
        Cell.of(listens ? "-" : Quantities.bytes(row.transmitQueueBytes())),
        row.protocol() == Protocol.TCP
            ? Cell.of("-")
            : new Cell(Quantities.count(row.drops()), row.drops() > 0 ? Style.ALARM : Style.PLAIN),
        Cell.of(String.valueOf(row.inode())));
  }

  /** What waits or is dropped there is nothing of this server's. */
  private String stranger(SocketRow row) {
    String stranger = model.kernel().orElseThrow().stranger(row);
    return stranger.isEmpty() ? "" : " " + stranger;
  }

  private Cell queue(boolean listens, long waiting) {
    if (!listens) {
      return Cell.of("-");
    }
    String text = Quantities.count(waiting) + " of " + Quantities.count(model.facts().backlog());
    return new Cell(text, waiting >= model.facts().backlog() ? Style.ALARM : Style.PLAIN);
  }

  private Line connections(KernelRows rows) {
    Line.Builder line = Line.builder();
    int hidden = rows.waiting().size() - MAX_LISTED;
    if (hidden > 0) {
      line.add("and " + hidden + " more   ", Style.FAINT);
    }
    if (rows.connections().isEmpty()) {
      return line.add("no connection in any state", Style.FAINT).build();
    }
    line.add(
        rows.connections().entrySet().stream()
            .sorted(Map.Entry.<SocketState, Integer>comparingByValue().reversed())
            .map(state -> state.getKey() + " " + Quantities.count(state.getValue()))
            .collect(Collectors.joining("  ")));
    return line.add(
            "   queued: "
                + Quantities.bytes(rows.receiveQueueBytes())
                + " to read, "
                + Quantities.bytes(rows.transmitQueueBytes())
                + " to acknowledge",
            Style.FAINT)
        .build();
  }
}
