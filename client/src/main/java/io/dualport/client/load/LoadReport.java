package io.dualport.client.load;

import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.report.Cell;
import io.dualport.report.Format;
import io.dualport.report.Quantities;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** Shows a result: the protocols side by side for people, one object each for programs. */
final class LoadReport {
  private final LoadResult result;
  private final LoadPlan plan;
  private final LoadSettings settings;

  LoadReport(LoadResult result) {
    this.result = result;
    this.plan = result.plan();
    this.settings = plan.settings();
  }

  String render(Format format) {
    return switch (format) {
      case TEXT, MARKDOWN -> format.render(sideBySide());
      case JSON -> format.render(onePerProtocol(), FlowTables.of(result));
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
    Table.Builder table =
        Table.titled(title())
            .column("target", "target")
            .column("address", "address")
            .column("run", "runId")
            .column("transport", "transport")
            .column("protocol", "protocol")
            .column("mode", "mode")
            .numbers("connections", "connections")
            .numbers("pairs", "sourcePortPairs")
            .numbers("depth", "depth")
            .numbers("rate", "ratePerSecond")
            .column("arrivals", "arrivals")
            .numbers("smallest", "sizeMinBytes")
            .numbers("largest", "sizeMaxBytes")
            .column("verify", "verify")
            .column("connect per message", "connectPerMessage")
            .numbers("threads", "threads")
            .numbers("timeout", "timeoutNanos")
            .numbers("seconds", "seconds")
            .column("interrupted", "interrupted")
            .column("balanced", "balanced")
            .column("server instances", "serverInstances");
    for (Count count : Count.values()) {
      table.numbers(count.key(), count.key());
    }
    table
        .numbers("in flight", "inFlight")
        .numbers("warm-up sent", "warmupSent")
        .numbers("warm-up echoed", "warmupEchoed")
        .numbers("segments sent again", "retransmittedSegments")
        .numbers("sends shared", "sendsShared")
        .numbers("failures", "failures")
        .column("causes", "causes")
        .numbers("echoed a second", "echoedPerSecond")
        .numbers("mean", "latencyMeanNanos");
    for (String what : List.of("latency", "connect")) {
      for (String percentile : List.of("P50", "P90", "P99", "P999", "Max")) {
        table.numbers(what + " " + percentile, what + percentile + "Nanos");
      }
    }
    result.protocols().forEach(load -> table.row(values(load).toArray()));
    new LoadNotes(result).all().forEach(table::note);
    return table.build();
  }

  private List<Object> values(ProtocolLoad load) {
    List<Object> values = new ArrayList<>();
    values.add(plan.target());
    values.add(Endpoint.text(plan.remote()));
    values.add(plan.runIdText());
    values.add(settings.transport().label());
    values.add(load.protocol().label());
    values.add(settings.isOpenLoop() ? "open" : "closed");
    values.add(settings.connections());
    values.add(plan.hasPairs() ? result.pairs() : null);
    values.add(settings.isOpenLoop() ? null : settings.depth());
    values.add(settings.isOpenLoop() ? settings.rate() : null);
    values.add(settings.isOpenLoop() ? lower(settings.arrivals()) : null);
    values.add(settings.size().min());
    values.add(settings.size().max());
    values.add(lower(settings.verify()));
    values.add(settings.connectPerMessage() ? "yes" : "no");
    values.add(plan.threads());
    values.add(Cell.duration(plan.timeoutNanos()));
    values.add(Cell.number(result.seconds(), 3));
    values.add(result.interrupted() ? "yes" : "no");
    values.add(load.isBalanced() ? "yes" : "no");
    values.add(
        load.instances().isEmpty()
            ? null
            : load.instances().stream().map(Servers::idText).collect(Collectors.joining(", ")));
    for (Count count : Count.values()) {
      values.add(load.count(count));
    }
    values.add(load.counts().inFlight());
    values.add(load.warmup().get(Count.SENT));
    values.add(load.warmup().get(Count.ECHOED));
    values.add(retransmitted(load));
    values.add(load.sendsShared());
    values.add(load.causes().values().stream().mapToLong(Long::longValue).sum());
    values.add(causes(load));
    values.add(Cell.number(perSecond(load, Count.ECHOED), 1));
    values.add(nanos(load.latencies(), load.latencies().getMean()));
    for (Histogram histogram : List.of(load.latencies(), load.connects())) {
      for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
        values.add(percentile(histogram, percentile));
      }
    }
    return values;
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
    return nanos(histogram, histogram.getMean());
  }

  private static Cell nanos(Histogram histogram, double value) {
    return histogram.getTotalCount() == 0 ? Cell.missing() : Cell.duration(Math.round(value));
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
