package io.dualport.client.check;

import io.dualport.client.message.OnTheWay;
import io.dualport.client.message.Servers;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.Errno;
import io.dualport.report.Cell;
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
    notes.addAll(new Conclusion(result).notes());
    tables.set(last, new Table(table.title(), table.columns(), table.rows(), notes));
    return tables;
  }

  private Table sideBySide(String address, List<Finding> findings) {
    Table.Builder table =
        Table.titled(
                "check %s (%s), run %s, %s"
                    .formatted(
                        result.target(), address, result.runIdText(), result.transport().label()))
            .column("", "row");
    for (Finding finding : findings) {
      table.column(finding.protocol().name(), finding.protocol().label());
    }
    row(table, findings, "verdict", finding -> finding.verdict().judgement().label());
    row(table, findings, "answered by", Finding::echo);
    row(table, findings, "handshake", finding -> duration(finding.connectNanos()));
    row(table, findings, "fastest rtt", finding -> duration(finding.fastestNanos()));
    row(table, findings, "largest whole", CheckReport::largest);
    row(table, findings, "path MTU", Finding::pathMtuBytes);
    row(table, findings, "sent from", finding -> text(source(finding.ours())));
    row(table, findings, "server saw", CheckReport::seen);
    row(table, findings, "on the way", CheckReport::onTheWay);
    for (Finding finding : findings) {
      table.note(finding.protocol() + " " + finding.verdict().text());
    }
    return table.build();
  }

  /** A row that has nothing to say is left out. */
  private static void row(
      Table.Builder table, List<Finding> findings, String name, Function<Finding, Object> value) {
    List<Object> cells = new ArrayList<>();
    cells.add(name);
    findings.forEach(finding -> cells.add(value.apply(finding)));
    if (cells.stream().skip(1).anyMatch(Objects::nonNull)) {
      table.row(cells.toArray());
    }
  }

  private Table oneRowEach() {
    Table.Builder table =
        Table.titled("check " + result.target() + ", run " + result.runIdText())
            .column("target", "target")
            .column("address", "address")
            .column("run", "runId")
            .column("transport", "transport")
            .column("protocol", "protocol")
            .column("verdict", "verdict")
            .column("errno", "errno")
            .column("evidence", "evidence")
            .column("advice", "advice")
            .column("answered by", "answeredBy")
            .numbers("handshake", "connectNanos")
            .numbers("fastest rtt", "rttMinNanos")
            .numbers("largest asked", "askedBytes")
            .numbers("largest whole", "largestBytes")
            .numbers("path MTU", "pathMtuBytes")
            .column("half-close", "halfClose")
            .column("source", "source")
            .column("destination", "destination")
            .column("server saw source", "stampedSource")
            .column("server saw destination", "stampedDestination")
            .column("server instance", "serverInstance")
            .column("on the way", "path");
    result.findings().forEach(finding -> table.row(values(finding)));
    new Conclusion(result).notes().forEach(table::note);
    return table.build();
  }

  private Object[] values(Finding finding) {
    Verdict verdict = finding.verdict();
    FiveTuple stamped = finding.stamp() == null ? null : finding.stamp().tuple();
    return new Object[] {
      result.target(),
      finding.address() == null ? null : Endpoint.text(finding.address()),
      result.runIdText(),
      result.transport().label(),
      finding.protocol().label(),
      verdict.judgement().label(),
      verdict.errno() == Errno.UNKNOWN ? null : verdict.errno().name(),
      verdict.evidence(),
      verdict.advice().isEmpty() ? null : verdict.advice(),
      finding.echo(),
      finding.connectNanos(),
      finding.fastestNanos(),
      finding.askedBytes(),
      finding.largestBytes(),
      finding.pathMtuBytes(),
      finding.halfClose() == null ? null : finding.halfClose().key(),
      text(source(finding.ours())),
      text(destination(finding.ours())),
      text(source(stamped)),
      text(destination(stamped)),
      stamped == null ? null : Servers.idText(finding.stamp().instanceId()),
      path(finding)
    };
  }

  private static String largest(Finding finding) {
    return finding.largestBytes() == null
        ? null
        : finding.largestBytes() + " of " + Words.count(finding.askedBytes(), "byte");
  }

  private static String seen(Finding finding) {
    if (finding.stamp() == null) {
      return null;
    }
    FiveTuple tuple = finding.stamp().tuple();
    return text(tuple.source()) + " -> " + text(tuple.destination());
  }

  private static String onTheWay(Finding finding) {
    if (finding.isRewritten() == null) {
      return finding.largestBytes() == null ? null : "not stamped";
    }
    return OnTheWay.text(finding.ours(), finding.stamp().tuple());
  }

  private static String path(Finding finding) {
    if (finding.isRewritten() == null) {
      return finding.echo() == null ? null : "not-stamped";
    }
    return finding.isRewritten() ? "rewritten" : "same";
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
