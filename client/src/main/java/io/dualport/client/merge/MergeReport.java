package io.dualport.client.merge;

import io.dualport.client.load.count.Count;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Durations;
import io.dualport.report.Format;
import io.dualport.report.Table;
import io.dualport.report.Words;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Shows a result: the protocols side by side for people, one object each for programs. */
final class MergeReport {
  private static final int NAMED = 5;

  private final MergeResult result;

  MergeReport(MergeResult result) {
    this.result = result;
  }

  String render(Format format) {
    return format.render(
        switch (format) {
          case TEXT, MARKDOWN -> sideBySide();
          case JSON -> onePerProtocol();
        });
  }

  private Table sideBySide() {
    Table.Builder table = Table.titled(title()).column("", "row");
    for (ProtocolMerge protocol : result.protocols()) {
      table.numbers(protocol.protocol().name(), protocol.protocol().label());
    }
    for (Row row : rows()) {
      List<Object> cells = new ArrayList<>();
      cells.add(row.header);
      result.protocols().forEach(protocol -> cells.add(row.value.apply(protocol)));
      table.row(cells.toArray());
    }
    notes().forEach(table::note);
    return table.build();
  }

  private Table onePerProtocol() {
    Columns<ProtocolMerge> columns =
        new Columns<ProtocolMerge>()
            .column("target", "target", protocol -> only(result.targets()))
            .column("targets", "targets", protocol -> result.targets().size())
            .column("run", "runId", protocol -> only(result.runs()))
            .column("runs", "runs", protocol -> result.runs().size())
            .column("mode", "mode", protocol -> mode("mixed"))
            .numbers("span", "spanNanos", protocol -> Cell.duration(nanos(result.spanMillis())))
            .numbers(
                "overlap", "overlapNanos", protocol -> Cell.duration(nanos(result.overlapMillis())))
            .column("protocol", "protocol", protocol -> protocol.protocol().label());
    rows().forEach(row -> columns.numbers(row.header, row.key, row.value));
    Table.Builder table = columns.table(title(), result.protocols());
    notes().forEach(table::note);
    return table.build();
  }

  private String mode(String several) {
    return result.modes().size() == 1 ? result.modes().first() : several;
  }

  private static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("logs", "logs", protocol -> protocol.logs().size()));
    rows.add(new Row("logs without counts", "logsWithoutCounts", ProtocolMerge::logsWithoutCounts));
    rows.add(new Row("intervals", "intervals", ProtocolMerge::intervals));
    rows.add(
        new Row(
            "connections", "connections", protocol -> atLeast(protocol, protocol.connections())));
    for (Count count : Count.values()) {
      rows.add(
          new Row(count.label(), count.key(), protocol -> atLeast(protocol, protocol.sum(count))));
    }
    rows.add(new Row("echoed per second", "echoedPerSecond", MergeReport::rate));
    rows.add(new Row("latencies", "latencies", ProtocolMerge::samples));
    rows.add(latency("min", "Min", ProtocolMerge::minNanos));
    rows.add(latency("p50", "P50", protocol -> protocol.percentileNanos(50)));
    rows.add(latency("p90", "P90", protocol -> protocol.percentileNanos(90)));
    rows.add(latency("p99", "P99", protocol -> protocol.percentileNanos(99)));
    rows.add(latency("p99.9", "P999", protocol -> protocol.percentileNanos(99.9)));
    rows.add(latency("max", "Max", ProtocolMerge::maxNanos));
    return rows;
  }

  private static Row latency(String header, String key, Function<ProtocolMerge, Long> nanos) {
    return new Row(
        "latency " + header,
        "latency" + key + "Nanos",
        protocol -> {
          Long value = nanos.apply(protocol);
          return value == null ? Cell.missing() : Cell.duration(value);
        });
  }

  private static Cell rate(ProtocolMerge protocol) {
    BigDecimal rate = protocol.echoedPerSecond();
    return atLeast(protocol, rate == null ? null : rate.setScale(1, RoundingMode.HALF_UP));
  }

  /** A sum over the logs that have counts; if some have none, it is a lower bound. */
  private static Cell atLeast(ProtocolMerge protocol, BigDecimal sum) {
    if (sum == null) {
      return Cell.missing();
    }
    String digits = sum.toPlainString();
    return new Cell.Quantity(
        sum, protocol.logsWithoutCounts() == 0 ? digits : "at least " + digits);
  }

  private String title() {
    int logs = result.logs().size();
    String run = only(result.runs());
    String target = only(result.targets());
    return "merge of "
        + Words.count(logs, "log")
        + ", "
        + (run == null ? Words.count(result.runs().size(), "run") : "run " + run)
        + ", to "
        + (target == null ? Words.count(result.targets().size(), "target") : target)
        + ", "
        + mode("closed and open")
        + " loop, in "
        + Durations.text(Duration.ofMillis(result.spanMillis()));
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (result.targets().size() > 1) {
      notes.add("Different targets are merged: " + named(result.targets()) + ".");
    } else if (result.addresses().size() > 1) {
      notes.add("The target had several addresses: " + named(result.addresses()) + ".");
    }
    if (result.modes().size() > 1) {
      notes.add(
          "Closed and open loop are merged: latency counts from the send in one and from the"
              + " intended send in the other.");
    }
    notesOfMissing(notes);
    noteOfOverlap(notes);
    notes.add(
        "Percentiles are those of all latencies in one histogram; echoed per second is the sum of"
            + " each log's echoes over its own measured seconds.");
    return notes;
  }

  private void notesOfMissing(List<String> notes) {
    Map<String, List<String>> killed = new LinkedHashMap<>();
    for (ProtocolMerge protocol : result.protocols()) {
      if (protocol.logsWithoutCounts() > 0) {
        killed
            .computeIfAbsent(withoutCounts(protocol), missing -> new ArrayList<>())
            .add(protocol.protocol().name());
      } else if (!protocol.sum(Count.ECHOED).equals(BigDecimal.valueOf(protocol.samples()))) {
        notes.add(
            Words.format(
                "%s: the intervals hold %s, the counts %s %s.",
                protocol.protocol(),
                Words.count(protocol.samples(), "latency"),
                protocol.sum(Count.ECHOED).toPlainString(),
                Words.form(
                    protocol.sum(Count.ECHOED).equals(BigDecimal.ONE) ? 1 : 2, "echo", "echoes")));
      }
    }
    killed.forEach((missing, protocols) -> notes.add(Words.and(protocols) + ": " + missing));
    List<String> cut =
        result.logs().stream()
            .filter(log -> log.cutLine() > 0)
            .map(log -> log.file() + " (line " + log.cutLine() + ")")
            .toList();
    if (!cut.isEmpty()) {
      notes.add("The last line is cut short, and left out, in " + named(cut) + ".");
    }
  }

  private static String withoutCounts(ProtocolMerge protocol) {
    List<String> without =
        protocol.logs().stream()
            .filter(log -> !log.counts().containsKey(protocol.protocol()))
            .map(LogSummary::file)
            .toList();
    return "no counts in "
        + named(without)
        + ", whose run was killed: its latencies are merged, its counts are missing"
        + (without.size() == protocol.logs().size() ? "." : " from the sums.");
  }

  private void noteOfOverlap(List<String> notes) {
    long shortest =
        result.logs().stream()
            .mapToLong(log -> log.endMillis() - log.startMillis())
            .min()
            .orElseThrow();
    long overlap = result.overlapMillis();
    if (result.logs().size() > 1 && overlap == 0) {
      notes.add(
          "At no time did all logs run together, by their machines' clocks: no target took the sum"
              + " of their rates at once.");
    } else if (overlap < shortest) {
      notes.add(
          Words.format(
              "All logs ran together for %s of %s, by their machines' clocks; outside of that the"
                  + " rate was lower.",
              Durations.text(Duration.ofMillis(overlap)),
              Durations.text(Duration.ofMillis(result.spanMillis()))));
    }
  }

  /** The first few of them. */
  private static String named(Collection<String> names) {
    String shown = names.stream().limit(NAMED).collect(Collectors.joining(", "));
    return names.size() > NAMED ? shown + " and " + (names.size() - NAMED) + " more" : shown;
  }

  private static String only(SortedSet<String> values) {
    return values.size() == 1 ? values.first() : null;
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private record Row(String header, String key, Function<ProtocolMerge, Object> value) {}
}
