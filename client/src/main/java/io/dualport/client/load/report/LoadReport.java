package io.dualport.client.load.report;

import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Quantities;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Shows a result: the protocols side by side for people, one object each for programs. */
public final class LoadReport {
  /** By their name in a key, ascending. */
  private static final Map<String, Double> PERCENTILES = new LinkedHashMap<>();

  static {
    PERCENTILES.put("P50", 50.0);
    PERCENTILES.put("P90", 90.0);
    PERCENTILES.put("P99", 99.0);
    PERCENTILES.put("P999", 99.9);
    PERCENTILES.put("Max", 100.0);
  }

  private final LoadResult result;
  private final LoadPlan plan;
  private final LoadSettings settings;

  public LoadReport(LoadResult result) {
    this.result = result;
    this.plan = result.plan();
    this.settings = plan.settings();
  }

  public String render(Format format) {
    return switch (format) {
      case TEXT, MARKDOWN -> format.render(sideBySide());
      case JSON -> format.render(onePerProtocol(), FlowListing.of(result));
    };
  }

  private Table sideBySide() {
    Table.Builder table = Table.titled(title()).column("", "row");
    for (ProtocolLoad load : result.protocols()) {
      table.numbers(load.protocol().name(), load.protocol().label());
    }
    for (Count count : Count.values()) {
      if (count != Count.BYTES_OUT && count != Count.BYTES_IN && isShown(count)) {
        row(table, count.label(), load -> load.count(count));
      }
    }
    if (result.protocols().stream().anyMatch(load -> load.counts().inFlight() != 0)) {
      row(table, "in flight at the end", load -> load.counts().inFlight());
    }
    if (result.protocols().stream().anyMatch(load -> load.retransmitted() > 0)) {
      row(table, "segments sent again", LoadReport::retransmitted);
    }
    row(table, "lost %", load -> load.lostPercent());
    row(table, "echoed/s", load -> rate(load, Count.ECHOED, LoadReport::plainRate));
    row(table, "bytes in/s", load -> rate(load, Count.BYTES_IN, Quantities::bytes));
    row(table, "latency mean", load -> mean(load.latencies()));
    row(table, "latency p50", load -> percentile(load.latencies(), 50));
    row(table, "latency p90", load -> percentile(load.latencies(), 90));
    row(table, "latency p99", load -> percentile(load.latencies(), 99));
    row(table, "latency p99.9", load -> percentile(load.latencies(), 99.9));
    row(table, "latency max", load -> percentile(load.latencies(), 100));
    if (result.protocols().stream().anyMatch(load -> load.connects().getTotalCount() > 0)) {
      row(table, "connect p50", load -> percentile(load.connects(), 50));
      row(table, "connect p99", load -> percentile(load.connects(), 99));
      row(table, "connect max", load -> percentile(load.connects(), 100));
    }
    new LoadNotes(result).all().forEach(table::note);
    return table.build();
  }

  /** Open loops alone can leave something unsent, and a connection for each message unopened. */
  private boolean isShown(Count count) {
    return switch (count) {
      case UNSENT -> settings.isOpenLoop();
      case NOT_OPENED -> settings.connectPerMessage();
      default -> true;
    };
  }

  private void row(Table.Builder table, String name, Function<ProtocolLoad, Object> value) {
    List<Object> cells = new ArrayList<>();
    cells.add(name);
    result.protocols().forEach(load -> cells.add(value.apply(load)));
    table.row(cells.toArray());
  }

  private Table onePerProtocol() {
    Columns<ProtocolLoad> columns =
        new Columns<ProtocolLoad>()
            .column("target", "target", load -> plan.target())
            .column("address", "address", load -> Endpoint.text(plan.remote()))
            .column("run", "runId", load -> plan.runIdText())
            .column("transport", "transport", load -> settings.transport().label())
            .column("protocol", "protocol", load -> load.protocol().label())
            .column("mode", "mode", load -> settings.isOpenLoop() ? "open" : "closed")
            .numbers("connections", "connections", load -> settings.connections())
            .numbers("pairs", "sourcePortPairs", load -> plan.hasPairs() ? result.pairs() : null)
            .numbers("depth", "depth", load -> settings.isOpenLoop() ? null : settings.depth())
            .numbers(
                "rate", "ratePerSecond", load -> settings.isOpenLoop() ? settings.rate() : null)
            .column(
                "arrivals",
                "arrivals",
                load -> settings.isOpenLoop() ? lower(settings.arrivals()) : null)
            .numbers("smallest", "sizeMinBytes", load -> settings.size().min())
            .numbers("largest", "sizeMaxBytes", load -> settings.size().max())
            .column("verify", "verify", load -> lower(settings.verify()))
            .column(
                "connect per message",
                "connectPerMessage",
                load -> settings.connectPerMessage() ? "yes" : "no")
            .numbers("threads", "threads", load -> plan.threads())
            .numbers("timeout", "timeoutNanos", load -> Cell.duration(plan.timeoutNanos()))
            .numbers("seconds", "seconds", load -> Cell.number(result.seconds(), 3))
            .column("interrupted", "interrupted", load -> result.interrupted() ? "yes" : "no")
            .column("balanced", "balanced", load -> load.isBalanced() ? "yes" : "no")
            .column("server instances", "serverInstances", LoadReport::instances);
    for (Count count : Count.values()) {
      columns.numbers(count.key(), count.key(), load -> load.count(count));
    }
    columns
        .numbers("in flight", "inFlight", load -> load.counts().inFlight())
        .numbers("warm-up sent", "warmupSent", load -> load.warmup().get(Count.SENT))
        .numbers("warm-up echoed", "warmupEchoed", load -> load.warmup().get(Count.ECHOED))
        .numbers("segments sent again", "retransmittedSegments", LoadReport::retransmitted)
        .numbers("sends shared", "sendsShared", ProtocolLoad::sendsShared)
        .numbers("failures", "failures", LoadReport::failures)
        .column("causes", "causes", LoadReport::causes)
        .numbers(
            "echoed a second",
            "echoedPerSecond",
            load -> Cell.number(perSecond(load, Count.ECHOED), 1))
        .numbers("mean", "latencyMeanNanos", load -> mean(load.latencies()));
    percentiles(columns, "latency", ProtocolLoad::latencies);
    percentiles(columns, "connect", ProtocolLoad::connects);
    Table.Builder table = columns.table(title(), result.protocols());
    new LoadNotes(result).all().forEach(table::note);
    return table.build();
  }

  private static void percentiles(
      Columns<ProtocolLoad> columns, String what, Function<ProtocolLoad, Histogram> histogram) {
    PERCENTILES.forEach(
        (name, percentile) ->
            columns.numbers(
                what + " " + name,
                what + name + "Nanos",
                load -> percentile(histogram.apply(load), percentile)));
  }

  private static String instances(ProtocolLoad load) {
    return load.instances().isEmpty()
        ? null
        : load.instances().stream().map(Servers::idText).collect(Collectors.joining(", "));
  }

  private static long failures(ProtocolLoad load) {
    return load.causes().values().stream().mapToLong(Long::longValue).sum();
  }

  /** As in {@code ECONNRESET 3, FIN 1}; null if there were none. */
  static String causes(ProtocolLoad load) {
    return load.causes().isEmpty()
        ? null
        : load.causes().entrySet().stream()
            .map(cause -> cause.getKey() + " " + cause.getValue())
            .collect(Collectors.joining(", "));
  }

  private String title() {
    return "load on "
        + plan.target()
        + " ("
        + Endpoint.text(plan.remote())
        + "), run "
        + plan.runIdText()
        + ", "
        + settings.transport().label();
  }

  private static Long retransmitted(ProtocolLoad load) {
    return load.retransmitted() < 0 ? null : load.retransmitted();
  }

  private String rate(ProtocolLoad load, Count count, DoubleFunction<String> text) {
    double rate = perSecond(load, count);
    return Double.isFinite(rate) ? text.apply(rate) : null;
  }

  /** As the counts above it, without separators. */
  private static String plainRate(double rate) {
    return Quantities.rate(rate).replace(",", "");
  }

  private double perSecond(ProtocolLoad load, Count count) {
    return result.seconds() <= 0 ? Double.NaN : load.count(count) / result.seconds();
  }

  private static Cell mean(Histogram histogram) {
    return histogram.getTotalCount() == 0
        ? Cell.missing()
        : Cell.duration(Math.round(histogram.getMean()));
  }

  private static Cell percentile(Histogram histogram, double percentile) {
    return histogram.getTotalCount() == 0
        ? Cell.missing()
        : Cell.duration(histogram.getValueAtPercentile(percentile));
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
