package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.report.Cell;
import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import io.dualport.terminal.Line;
import io.dualport.terminal.Look;
import io.dualport.terminal.Sparkline;
import io.dualport.terminal.Style;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The two protocols side by side. */
final class Lanes {
  /** Heading, in, out. */
  static final int RATE_ROWS = 3;

  /** Connections, flows. */
  static final int STOCK_ROWS = 2;

  /** Reads and writes of TCP. */
  static final int CALL_ROWS = 1;

  static final int MAX_CHART_ROWS = 4;

  private static final int GAP = 3;
  private static final int LABEL = 4;
  private static final int RATE = 10;
  private static final int BYTE_RATE = 10;

  /** Right edges where the protocols stand one above the other. */
  private static final int NARROW_IN = 12;

  private static final int NARROW_OUT = 20;
  private static final int TOTAL = 13;
  private static final int BYTE_TOTAL = 10;

  /** Room for the labels of a chart. */
  private static final int AXIS = 10;

  /** Below it every column is a bar. */
  private static final int LABELLED_WIDTH = 36;

  private static final long SECOND = 1_000_000_000L;

  /** No lane needs more, and two far apart are hard to compare. */
  private static final int MAX_WIDTH = 76;

  private final Model model;
  private final Look look;
  private final int width;

  Lanes(Model model, int columns, Look look) {
    this.model = model;
    this.look = look;
    this.width = Math.max(1, Math.min(MAX_WIDTH, (columns - GAP) / 2));
  }

  /** Whether a lane has no room for a number, so that the protocols stand one above the other. */
  boolean isNarrow() {
    return width < LABEL + RATE;
  }

  List<Line> rates() {
    if (isNarrow()) {
      return narrowRates();
    }
    return List.of(
        beside(this::heading),
        beside(protocol -> direction(protocol, "in", Counter.MESSAGES_IN, Counter.BYTES_IN)),
        beside(protocol -> direction(protocol, "out", Counter.MESSAGES_OUT, Counter.BYTES_OUT)));
  }

  private List<Line> narrowRates() {
    List<Line> lines = new ArrayList<>();
    lines.add(narrowRow(Line.of("msg/s", Style.FAINT), "in", "out", Style.FAINT));
    for (Protocol protocol : Protocol.values()) {
      Lane lane = model.lanes().get(protocol);
      lines.add(
          narrowRow(
              Line.of(protocol.name(), style(protocol)),
              messages(lane, lane.perSecond(Counter.MESSAGES_IN)),
              messages(lane, lane.perSecond(Counter.MESSAGES_OUT)),
              Style.STRONG));
    }
    return lines;
  }

  private static Line narrowRow(Line label, String in, String out, Style style) {
    return Line.builder()
        .add(label)
        .to(NARROW_IN - in.length())
        .add(in, style)
        .to(NARROW_OUT - out.length())
        .add(out, style)
        .build();
  }

  /** What came in, as bars over time. */
  List<Line> charts(int rows) {
    if (rows == 0) {
      return List.of();
    }
    List<List<Line>> charts = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      charts.add(chart(protocol, rows));
    }
    return IntStream.range(0, rows)
        .mapToObj(row -> beside(protocol -> charts.get(protocol.ordinal()).get(row)))
        .toList();
  }

  List<Line> stock() {
    return List.of(beside(this::first), beside(this::flows));
  }

  /** What every stream has, messages or not; a datagram is one read and one write. */
  List<Line> calls() {
    return List.of(beside(protocol -> protocol == Protocol.TCP ? calls(protocol) : Line.EMPTY));
  }

  private Line calls(Protocol protocol) {
    Lane lane = model.lanes().get(protocol);
    return pairs(
        "reads/writes",
        Quantities.count(lane.perSecond(Counter.READS)) + "/s",
        Quantities.count(lane.total(Counter.READS))
            + " / "
            + Quantities.count(lane.total(Counter.WRITES)));
  }

  private interface Half {
    Line of(Protocol protocol);
  }

  private Line beside(Half half) {
    Line.Builder line = Line.builder();
    for (Protocol protocol : Protocol.values()) {
      line.to(protocol.ordinal() * (width + GAP)).add(half.of(protocol).clipped(width));
    }
    return line.build();
  }

  private static Style style(Protocol protocol) {
    return protocol == Protocol.TCP ? Style.TCP : Style.UDP;
  }

  private Line heading(Protocol protocol) {
    Line.Builder line = Line.builder().add(protocol.name(), style(protocol));
    right(line, "msg/s", LABEL + RATE);
    right(line, "bytes/s", LABEL + RATE + BYTE_RATE);
    right(line, "messages", LABEL + RATE + BYTE_RATE + TOTAL);
    right(line, "bytes", LABEL + RATE + BYTE_RATE + TOTAL + BYTE_TOTAL);
    return line.build();
  }

  private void right(Line.Builder line, String text, int edge) {
    if (edge <= width) {
      line.to(edge - text.length()).add(text, Style.FAINT);
    }
  }

  private Line direction(Protocol protocol, String label, Counter messages, Counter bytes) {
    Lane lane = model.lanes().get(protocol);
    Line.Builder line = Line.builder().add(label, Style.FAINT);
    number(line, messages(lane, lane.perSecond(messages)), LABEL + RATE, Style.STRONG);
    number(line, Quantities.bytes(lane.perSecond(bytes)), LABEL + RATE + BYTE_RATE, Style.PLAIN);
    number(
        line, messages(lane, lane.total(messages)), LABEL + RATE + BYTE_RATE + TOTAL, Style.PLAIN);
    number(
        line,
        Quantities.bytes(lane.total(bytes)),
        LABEL + RATE + BYTE_RATE + TOTAL + BYTE_TOTAL,
        Style.PLAIN);
    return line.build();
  }

  private static String messages(Lane lane, double number) {
    return lane.hasMessages() ? Quantities.count(number) : Cell.MISSING_TEXT;
  }

  private void number(Line.Builder line, String text, int edge, Style style) {
    if (edge <= width) {
      line.to(edge - text.length()).add(text, style);
    }
  }

  private List<Line> chart(Protocol protocol, int rows) {
    double[] history = model.lanes().get(protocol).history();
    int bars = Math.min(History.LENGTH, width < LABELLED_WIDTH ? width : width - AXIS);
    double[] shown =
        Arrays.copyOfRange(history, Math.max(0, history.length - bars), history.length);
    List<Line> lines = new ArrayList<>();
    for (String row : Sparkline.of(shown, bars, rows, look)) {
      lines.add(Line.of(row, style(protocol)));
    }
    if (width >= LABELLED_WIDTH) {
      label(
          lines,
          0,
          Quantities.bytes(Arrays.stream(shown).filter(value -> value > 0).max().orElse(0)) + "/s");
    }
    if (width >= LABELLED_WIDTH && rows > 1 && shown.length > 0) {
      label(
          lines,
          rows - 1,
          Durations.text(Math.round(shown.length * model.historySeconds()) * SECOND));
    }
    return lines;
  }

  /** To the right of a chart: its highest value beside the top, its time beside the bottom. */
  private static void label(List<Line> chart, int row, String text) {
    chart.set(row, Line.builder().add(chart.get(row)).add(" " + text, Style.FAINT).build());
  }

  private Line first(Protocol protocol) {
    Lane lane = model.lanes().get(protocol);
    if (protocol == Protocol.TCP) {
      return pairs(
          "connections",
          Quantities.count(lane.now().totals().connectionsOpen()) + " open",
          Quantities.count(lane.total(Counter.CONNECTIONS_ACCEPTED)) + " accepted");
    }
    return pairs(
        "datagrams",
        Quantities.count(lane.now().totals().sum(Counter.drops())) + " dropped",
        Quantities.count(
                (lane.now().totals().sum(Counter.drops())
                        - lane.before().totals().sum(Counter.drops()))
                    / lane.seconds())
            + "/s");
  }

  private Line flows(Protocol protocol) {
    Lane lane = model.lanes().get(protocol);
    boolean isStream = protocol == Protocol.TCP;
    long without = lane.now().withoutEntry().get(isStream ? Counter.READS : Counter.MESSAGES_IN);
    String ended = Quantities.count(lane.now().endedFlows()) + " ended";
    return pairs(
        "flows",
        Quantities.count(lane.now().liveFlows()) + " live",
        without == 0
            ? ended
            : ended
                + ", "
                + Quantities.count(without)
                + (isStream ? " reads in none" : " messages in none"));
  }

  private Line pairs(String label, String first, String second) {
    int tab = width < 24 ? label.length() + 1 : 13;
    return Line.builder().add(label, Style.FAINT).to(tab).add(first + ", " + second).build();
  }
}
