package io.dualport.client.send;

import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.probe.Stamp;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import io.dualport.report.Words;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Shows a result: the protocols side by side for people, one object each for programs. */
final class SendReport {
  private final SendResult result;

  SendReport(SendResult result) {
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
    for (ProtocolResult protocol : result.protocols()) {
      table.column(protocol.protocol().name(), protocol.protocol().label());
    }
    row(table, "verdict", protocol -> protocol.finding().verdict().label());
    row(table, "sent", protocol -> protocol.counts().sent());
    row(table, "echoed", protocol -> protocol.counts().echoed());
    row(table, "lost", protocol -> protocol.counts().lost());
    row(table, "duplicated", protocol -> protocol.counts().duplicated());
    row(table, "reordered", protocol -> protocol.counts().reordered());
    row(table, "corrupted", protocol -> protocol.counts().corrupted());
    row(table, "truncated", protocol -> protocol.counts().truncated());
    row(table, "late", protocol -> protocol.counts().late());
    if (result.interrupted()) {
      row(table, "unanswered", protocol -> protocol.counts().unanswered());
    }
    row(table, "rtt min", protocol -> rtt(protocol, RoundTrips::minNanos));
    row(table, "rtt p50", protocol -> rtt(protocol, RoundTrips::p50Nanos));
    row(table, "rtt p99", protocol -> rtt(protocol, RoundTrips::p99Nanos));
    row(table, "rtt max", protocol -> rtt(protocol, RoundTrips::maxNanos));
    row(table, "sent from", protocol -> text(source(protocol.ours())));
    row(table, "server saw", protocol -> seen(protocol));
    row(table, "on the way", ProtocolResult::onTheWay);
    for (ProtocolResult protocol : result.protocols()) {
      table.note(protocol.protocol() + " " + protocol.finding().text("Try: "));
    }
    new SendConclusion(result).notes().forEach(table::note);
    rehearsal().ifPresent(table::note);
    return table.build();
  }

  /** For whoever adds up what the kernel of this machine has counted. */
  private Optional<String> rehearsal() {
    return Optional.ofNullable(result.rehearsal())
        .map(
            counts ->
                Words.format(
                    "Before it, a rehearsal on loopback sent %s to itself and took %d: this kernel"
                        + " counts them, too.",
                    Words.count(counts.sent(), "datagram"), counts.arrived()));
  }

  private void row(Table.Builder table, String name, Function<ProtocolResult, Object> value) {
    List<Object> cells = new ArrayList<>();
    cells.add(name);
    result.protocols().forEach(protocol -> cells.add(value.apply(protocol)));
    table.row(cells.toArray());
  }

  private Table onePerProtocol() {
    Table.Builder table =
        new Columns<ProtocolResult>()
            .column("target", "target", protocol -> result.target())
            .column("address", "address", protocol -> address())
            .column("run", "runId", protocol -> result.plan().runIdText())
            .column("transport", "transport", protocol -> result.transport().label())
            .column("protocol", "protocol", protocol -> protocol.protocol().label())
            .column("verdict", "verdict", protocol -> protocol.finding().verdict().label())
            .column("errno", "errno", protocol -> protocol.finding().errnoName())
            .column("evidence", "evidence", protocol -> protocol.finding().evidence())
            .column("advice", "advice", protocol -> protocol.finding().adviceOrNull())
            .numbers("size", "sizeBytes", protocol -> result.plan().size())
            .numbers(
                "timeout", "timeoutNanos", protocol -> Cell.duration(result.plan().timeoutNanos()))
            .column("interrupted", "interrupted", protocol -> result.interrupted() ? "yes" : "no")
            .numbers("sent", "sent", protocol -> protocol.counts().sent())
            .numbers("echoed", "echoed", protocol -> protocol.counts().echoed())
            .numbers("lost", "lost", protocol -> protocol.counts().lost())
            .numbers("duplicated", "duplicated", protocol -> protocol.counts().duplicated())
            .numbers("reordered", "reordered", protocol -> protocol.counts().reordered())
            .numbers("corrupted", "corrupted", protocol -> protocol.counts().corrupted())
            .numbers("truncated", "truncated", protocol -> protocol.counts().truncated())
            .numbers("late", "late", protocol -> protocol.counts().late())
            .numbers("unanswered", "unanswered", protocol -> protocol.counts().unanswered())
            .numbers("rtt min", "rttMinNanos", protocol -> rtt(protocol, RoundTrips::minNanos))
            .numbers("rtt p50", "rttP50Nanos", protocol -> rtt(protocol, RoundTrips::p50Nanos))
            .numbers("rtt p99", "rttP99Nanos", protocol -> rtt(protocol, RoundTrips::p99Nanos))
            .numbers("rtt max", "rttMaxNanos", protocol -> rtt(protocol, RoundTrips::maxNanos))
            .column("source", "source", protocol -> text(source(protocol.ours())))
            .column("destination", "destination", protocol -> text(destination(protocol.ours())))
            .column(
                "server saw source", "stampedSource", protocol -> text(source(stamped(protocol))))
            .column(
                "server saw destination",
                "stampedDestination",
                protocol -> text(destination(stamped(protocol))))
            .column("server instance", "serverInstance", SendReport::instance)
            .column("on the way", "path", protocol -> protocol.path().key())
            .table(title(), result.protocols());
    new SendConclusion(result).notes().forEach(table::note);
    rehearsal().ifPresent(table::note);
    return table.build();
  }

  private String address() {
    return result.address() == null ? null : Endpoint.text(result.address());
  }

  private static FiveTuple stamped(ProtocolResult protocol) {
    Stamp stamp = protocol.stamps().first();
    return stamp == null ? null : stamp.tuple();
  }

  private static String instance(ProtocolResult protocol) {
    Stamp stamp = protocol.stamps().first();
    return stamp == null ? null : Servers.idText(stamp.instanceId());
  }

  private String title() {
    String address =
        result.address() == null
            ? "no address"
            : Endpoint.text(new InetSocketAddress(result.address(), result.target().port()));
    return "send to "
        + result.target()
        + " ("
        + address
        + "), run "
        + result.plan().runIdText()
        + ", "
        + result.transport().label();
  }

  private static Cell rtt(ProtocolResult protocol, ToLongFunction<RoundTrips> value) {
    return protocol.roundTrips() == null
        ? Cell.missing()
        : Cell.duration(value.applyAsLong(protocol.roundTrips()));
  }

  private static String seen(ProtocolResult protocol) {
    Stamp stamp = protocol.stamps().first();
    if (stamp == null) {
      return null;
    }
    String tuple = text(source(stamp.tuple())) + " -> " + text(destination(stamp.tuple()));
    return protocol.stamps().differ() ? tuple + ", later others" : tuple;
  }

  private static InetSocketAddress source(FiveTuple tuple) {
    return tuple == null ? null : tuple.source();
  }

  private static InetSocketAddress destination(FiveTuple tuple) {
    return tuple == null ? null : tuple.destination();
  }

  private static String text(InetSocketAddress endpoint) {
    return endpoint == null ? null : Endpoint.text(endpoint);
  }
}
