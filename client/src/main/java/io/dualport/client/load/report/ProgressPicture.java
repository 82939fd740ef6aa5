package io.dualport.client.load.report;

import io.dualport.flow.Protocol;
import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import io.dualport.terminal.Grid;
import io.dualport.terminal.Grid.Cell;
import io.dualport.terminal.Grid.Heading;
import io.dualport.terminal.Line;
import io.dualport.terminal.Look;
import io.dualport.terminal.Sparkline;
import io.dualport.terminal.Style;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The run as a few lines: both protocols, one above the other, with the last minute as bars, and
 * how far the run is. Remembers what the bars need. Not for several threads.
 */
final class ProgressPicture {
  /** Intervals that the bars show. */
  private static final int HISTORY = 60;

  private static final int FEWEST_BARS = 8;
  private static final int GAP = 2;

  private static final List<Heading> HEADINGS =
      List.of(
          new Heading("", false, 0, 0, Style.PLAIN),
          heading("msg/s", 9, 1),
          heading("bytes/s", 8, 4),
          heading("p50", 7, 3),
          heading("p99", 7, 2),
          heading("lost", 9, 5),
          heading("conns", 6, 6),
          heading("errors", 6, 7));

  private final Look look;
  private final double totalSeconds;
  private final Map<Protocol, Deque<Double>> rates = new EnumMap<>(Protocol.class);

  /**
   * @param totalSeconds how long is measured
   */
  ProgressPicture(Look look, double totalSeconds) {
    this.look = look;
    this.totalSeconds = totalSeconds;
  }

  private static Heading heading(String text, int width, int rank) {
    return new Heading(text, true, rank, width, Style.FAINT);
  }

  /** The lines after one more interval of each protocol. */
  List<Line> after(List<Progress.Interval> intervals, int columns) {
    intervals.forEach(this::remember);
    List<Line> grid =
        new Grid(HEADINGS, intervals.stream().map(this::cells).toList()).lines(columns);
    int bars = Math.min(HISTORY, columns - grid.get(0).width() - GAP);
    List<Line> lines = new ArrayList<>();
    lines.add(grid.get(0));
    for (int i = 0; i < intervals.size(); i++) {
      Line row = grid.get(i + 1);
      lines.add(bars < FEWEST_BARS ? row : withBars(row, intervals.get(i).protocol(), bars));
    }
    lines.add(bar(intervals.get(0).elapsedSeconds(), columns));
    return lines;
  }

  private void remember(Progress.Interval interval) {
    Deque<Double> known = rates.computeIfAbsent(interval.protocol(), p -> new ArrayDeque<>());
    if (known.size() == HISTORY) {
      known.removeFirst();
    }
    known.addLast(interval.echoed() / interval.seconds());
  }

  private List<Cell> cells(Progress.Interval interval) {
    return List.of(
        new Cell(interval.protocol().name(), style(interval.protocol())),
        new Cell(Quantities.rate(interval.echoed() / interval.seconds()), Style.STRONG),
        Cell.of(Quantities.bytes(interval.bytesIn() / interval.seconds())),
        Cell.of(interval.latency(50)),
        Cell.of(interval.latency(99)),
        new Cell(interval.loss(), interval.lost() > 0 ? Style.ALARM : Style.PLAIN),
        Cell.of(Quantities.count(interval.open())),
        new Cell(
            Quantities.count(interval.failures()),
            interval.failures() > 0 ? Style.ALARM : Style.PLAIN));
  }

  private Line withBars(Line row, Protocol protocol, int bars) {
    double[] values = rates.get(protocol).stream().mapToDouble(Double::doubleValue).toArray();
    return Line.builder()
        .add(row)
        .add(" ".repeat(GAP))
        .add(Sparkline.of(values, Math.min(bars, values.length), look), style(protocol))
        .build();
  }

  private static Style style(Protocol protocol) {
    return protocol == Protocol.TCP ? Style.TCP : Style.UDP;
  }

  /** What is done, what is left. */
  private Line bar(double elapsedSeconds, int columns) {
    double left = Math.max(0, totalSeconds - elapsedSeconds);
    String text = left == 0 ? "waiting for the last echoes" : seconds(left) + " left";
    int width = Math.max(0, Math.min(HISTORY, columns - text.length() - GAP));
    int done = (int) Math.round(width * Math.min(1, elapsedSeconds / totalSeconds));
    return Line.builder()
        .add((look.blocks() ? "█" : "#").repeat(done), Style.STRONG)
        .add((look.blocks() ? "░" : ".").repeat(width - done), Style.FAINT)
        .to(width + GAP)
        .add(text)
        .build();
  }

  private static String seconds(double seconds) {
    return Durations.text(Math.round(seconds) * 1_000_000_000L);
  }
}
