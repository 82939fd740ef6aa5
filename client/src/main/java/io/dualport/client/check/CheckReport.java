package io.dualport.client.check;

import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import io.dualport.report.Words;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Shows a check: one table for each address for people, one object each for programs. */
final class CheckReport {
  private final CheckResult result;

  CheckReport(CheckResult result) {
    this.result = result;
  }

  String render(Format format) {
    return switch (format) {
      case TEXT, MARKDOWN -> format.render(onePerAddress());
      case JSON -> format.render(oneRowEach());
    };
  }

  private List<Table> onePerAddress() {
    List<Table> tables = new ArrayList<>();
    result
        .byAddress()
        .forEach((address, findings) -> tables.add(sideBySide(result.endpoint(address), findings)));
    int last = tables.size() - 1;
    Table table = tables.get(last);
    List<String> notes = new ArrayList<>(table.notes());
    notes.addAll(new CheckConclusion(result).notes());
    tables.set(last, new Table(table.title(), table.columns(), table.rows(), notes));
    return tables;
  }

  private Table sideBySide(String address, List<CheckedProtocol> findings) {
    Table.Builder table =
        Table.titled(
                Words.format(
                    "check %s%s (%s), run %s, %s",
                    result.target(),
                    result.isEcho() ? "" : " as " + result.service(),
                    address,
                    result.runIdText(),
                    result.transport().label()))
            .column("", "row");
    for (CheckedProtocol finding : findings) {
      table.column(finding.protocol().name(), finding.protocol().label());
    }
    row(table, findings, "verdict", finding -> finding.finding().verdict().label());
    row(table, findings, "answered by", CheckedProtocol::answeredBy);
    row(table, findings, "handshake", finding -> duration(finding.connectNanos()));
    row(table, findings, "fastest rtt", finding -> duration(finding.fastestNanos()));
    row(table, findings, "largest whole", CheckReport::largest);
    row(table, findings, "path MTU", CheckedProtocol::pathMtuBytes);
    row(table, findings, "sent from", finding -> text(source(finding.ours())));
    row(table, findings, "server saw", CheckReport::seen);
    row(table, findings, "on the way", CheckReport::onTheWay);
    for (CheckedProtocol finding : findings) {
      table.note(finding.protocol() + " " + finding.finding().text("Look for: "));
    }
    return table.build();
  }

  /** A row that has nothing to say is left out. */
  private static void row(
      Table.Builder table,
      List<CheckedProtocol> findings,
      String name,
      Function<CheckedProtocol, Object> value) {
    List<Object> cells = new ArrayList<>();
    cells.add(name);
    findings.forEach(finding -> cells.add(value.apply(finding)));
    if (cells.stream().skip(1).anyMatch(Objects::nonNull)) {
      table.row(cells.toArray());
    }
  }

  private Table oneRowEach() {
    Table.Builder table =
        new Columns<CheckedProtocol>()
            .column("target", "target", found -> result.target())
            .column("address", "address", CheckReport::address)
            .column("run", "runId", found -> result.runIdText())
            .column("transport", "transport", found -> result.transport().label())
            .column("protocol", "protocol", found -> found.protocol().label())
            .column("verdict", "verdict", found -> found.finding().verdict().label())
            .column("errno", "errno", found -> found.finding().errnoName())
            .column("evidence", "evidence", found -> found.finding().evidence())
            .column("advice", "advice", found -> found.finding().adviceOrNull())
            .column("answered by", "answeredBy", CheckedProtocol::answeredBy)
            .numbers("verdict after", "verdictNanos", CheckedProtocol::verdictNanos)
            .numbers("handshake", "connectNanos", CheckedProtocol::connectNanos)
            .numbers("fastest rtt", "rttMinNanos", CheckedProtocol::fastestNanos)
            .numbers("largest asked", "askedBytes", CheckedProtocol::askedBytes)
            .numbers("largest whole", "largestBytes", CheckedProtocol::largestBytes)
            .numbers("path MTU", "pathMtuBytes", CheckedProtocol::pathMtuBytes)
            .column("half-close", "halfClose", CheckReport::halfClose)
            .column("source", "source", found -> text(source(found.ours())))
            .column("destination", "destination", found -> text(destination(found.ours())))
            .column(
                "server saw source",
                "stampedSource",
                found -> found.seen() == null ? null : text(found.seen().source()))
            .column(
                "server saw destination",
                "stampedDestination",
                found -> found.seen() == null ? null : text(found.seen().destination()))
            .column("server instance", "serverInstance", CheckReport::instance)
            .column("on the way", "path", CheckReport::path)
            .column("elsewhere, too", "altSvc", CheckedProtocol::alternatives)
            .column("service", "service", found -> result.service())
            .table("check " + result.target() + ", run " + result.runIdText(), result.findings());
    new CheckConclusion(result).notes().forEach(table::note);
    return table.build();
  }

  private static String address(CheckedProtocol found) {
    return found.address() == null ? null : Endpoint.text(found.address());
  }

  private static String halfClose(CheckedProtocol found) {
    return found.halfClose() == null ? null : found.halfClose().key();
  }

  private static String instance(CheckedProtocol found) {
    return found.seen() == null || found.seen().instance() == null
        ? null
        : Servers.idText(found.seen().instance());
  }

  private static String largest(CheckedProtocol finding) {
    if (finding.largestBytes() == null) {
      return null;
    }
    return finding.askedBytes() == null
        ? Words.count(finding.largestBytes(), "byte")
        : finding.largestBytes() + " of " + Words.count(finding.askedBytes(), "byte");
  }

  private static String seen(CheckedProtocol finding) {
    if (finding.seen() == null) {
      return null;
    }
    String destination = text(finding.seen().destination());
    return text(finding.seen().source()) + (destination == null ? "" : " -> " + destination);
  }

  private static String onTheWay(CheckedProtocol finding) {
    if (finding.isRewritten() == null) {
      return finding.askedBytes() == null || finding.largestBytes() == null ? null : "not stamped";
    }
    return finding.seen().onTheWay(finding.ours());
  }

  private static String path(CheckedProtocol finding) {
    if (finding.isRewritten() == null) {
      return finding.askedBytes() == null || finding.answeredBy() == null ? null : "not-stamped";
    }
    String same = finding.seen().destination() == null ? "same-source" : "same";
    return finding.isRewritten() ? "rewritten" : same;
  }

  private static Cell duration(Long nanos) {
    return nanos == null ? null : Cell.duration(nanos);
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
