package io.dualport.client.send;

import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.Errno;
import io.dualport.probe.Stamp;
import io.dualport.report.Cell;
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
    row(table, "verdict", protocol -> protocol.verdict().outcome().label());
    row(table, "sent", protocol -> protocol.tally().sent());
    row(table, "echoed", protocol -> protocol.tally().echoed());
    row(table, "lost", protocol -> protocol.tally().lost());
    row(table, "duplicated", protocol -> protocol.tally().duplicated());
    row(table, "reordered", protocol -> protocol.tally().reordered());
    row(table, "corrupted", protocol -> protocol.tally().corrupted());
    row(table, "truncated", protocol -> protocol.tally().truncated());
    row(table, "late", protocol -> protocol.tally().late());
    if (result.interrupted()) {
      row(table, "unanswered", protocol -> protocol.tally().unanswered());
    }
    row(table, "rtt min", protocol -> rtt(protocol, RoundTrips::minNanos));
    row(table, "rtt p50", protocol -> rtt(protocol, RoundTrips::p50Nanos));
    row(table, "rtt p99", protocol -> rtt(protocol, RoundTrips::p99Nanos));
    row(table, "rtt max", protocol -> rtt(protocol, RoundTrips::maxNanos));
    row(table, "sent from", protocol -> text(source(protocol.ours())));
    row(table, "server saw", protocol -> seen(protocol));
    row(table, "on the way", ProtocolResult::onTheWay);
    for (ProtocolResult protocol : result.protocols()) {
      table.note(protocol.protocol() + " " + protocol.verdict().text());
    }
    new Conclusion(result).notes().forEach(table::note);
    rehearsal().ifPresent(table::note);
    return table.build();
  }

  /** For whoever adds up what the kernel of this machine has counted. */
  private Optional<String> rehearsal() {
    return Optional.ofNullable(result.rehearsal())
        .map(
            tally ->
                "Before it, a rehearsal on loopback sent %s to itself and took %d: this kernel counts them, too."
                    .formatted(Words.count(tally.sent(), "datagram"), tally.arrived()));
  }

  private void row(Table.Builder table, String name, Function<ProtocolResult, Object> value) {
    List<Object> cells = new ArrayList<>();
    cells.add(name);
    result.protocols().forEach(protocol -> cells.add(value.apply(protocol)));
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
            .column("verdict", "verdict")
            .column("errno", "errno")
            .column("evidence", "evidence")
            .column("advice", "advice")
            .numbers("size", "sizeBytes")
            .numbers("timeout", "timeoutNanos")
            .column("interrupted", "interrupted")
            .numbers("sent", "sent")
            .numbers("echoed", "echoed")
            .numbers("lost", "lost")
            .numbers("duplicated", "duplicated")
            .numbers("reordered", "reordered")
            .numbers("corrupted", "corrupted")
            .numbers("truncated", "truncated")
            .numbers("late", "late")
            .numbers("unanswered", "unanswered")
            .numbers("rtt min", "rttMinNanos")
            .numbers("rtt p50", "rttP50Nanos")
            .numbers("rtt p99", "rttP99Nanos")
            .numbers("rtt max", "rttMaxNanos")
            .column("source", "source")
            .column("destination", "destination")
            .column("server saw source", "stampedSource")
            .column("server saw destination", "stampedDestination")
            .column("server instance", "serverInstance")
            .column("on the way", "path");
    result.protocols().forEach(protocol -> table.row(values(protocol)));
    new Conclusion(result).notes().forEach(table::note);
    rehearsal().ifPresent(table::note);
    return table.build();
  }

  private Object[] values(ProtocolResult protocol) {
    Verdict verdict = protocol.verdict();
    Tally tally = protocol.tally();
    Stamp stamp = protocol.stamps().first();
    FiveTuple stamped = stamp == null ? null : stamp.tuple();
    return new Object[] {
      result.target(),
      result.address() == null ? null : Endpoint.text(result.address()),
      result.plan().runIdText(),
      result.transport().label(),
      protocol.protocol().label(),
      verdict.outcome().label(),
      verdict.errno() == Errno.UNKNOWN ? null : verdict.errno().name(),
      verdict.evidence(),
      verdict.advice().isEmpty() ? null : verdict.advice(),
      result.plan().size(),
      Cell.duration(result.plan().timeoutNanos()),
      result.interrupted() ? "yes" : "no",
      tally.sent(),
      tally.echoed(),
      tally.lost(),
      tally.duplicated(),
      tally.reordered(),
      tally.corrupted(),
      tally.truncated(),
      tally.late(),
      tally.unanswered(),
      rtt(protocol, RoundTrips::minNanos),
      rtt(protocol, RoundTrips::p50Nanos),
      rtt(protocol, RoundTrips::p99Nanos),
      rtt(protocol, RoundTrips::maxNanos),
      text(source(protocol.ours())),
      text(destination(protocol.ours())),
      text(source(stamped)),
      text(destination(stamped)),
      stamp == null ? null : String.format("%016x", stamp.instanceId()),
      protocol.path().key()
    };
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
