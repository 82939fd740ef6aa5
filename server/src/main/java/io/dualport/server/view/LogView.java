package io.dualport.server.view;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolSnapshot;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.SocketRow;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Quantities;
import io.dualport.report.Table;
import io.dualport.report.Words;
import io.dualport.server.facts.ServerFacts;
import io.dualport.terminal.StandardStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Lines and tables for people. */
public final class LogView implements ServerView {
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final PrintStream out;
  private boolean isQuiet;

  public LogView(PrintStream out) {
    this.out = out;
  }

  @Override
  public void started(StartReport report) {
    ServerFacts facts = report.facts();
    out.printf("Dualport: port %d on TCP and UDP%n%n", facts.port());
    if (report.sockets().isEmpty()) {
      out.println("The kernel's socket table is not available on this system.");
    } else {
      out.print(Format.TEXT.render(boundTable(report)));
    }
    out.println();
    out.println(
        "transport  "
            + facts.transport()
            + " ("
            + facts.transportReason()
            + "), event loops: "
            + facts.eventLoops());
    out.println(
        "datagrams  sockets an address: "
            + facts.shards()
            + (facts.shards() > 1 ? " (by source port)" : "")
            + ", segmented replies: "
            + facts.segmentation());
    if (!facts.inherited().isEmpty()) {
      out.println("sockets    " + facts.inheritedFrom());
    }
    out.println(
        "memory     "
            + Quantities.bytes(facts.limits().maxPendingBytes())
            + " at most for TCP peers that do not read (--max-pending-bytes)");
    out.println("reach      " + facts.reach());
    out.println(
        "guard      "
            + (facts.guard() ? "on" + facts.guardGap() : "OFF: this echo will take part in loops"));
    out.println("instance   " + facts.instance());
    out.println("wireshark  " + facts.displayFilter());
    out.println(
        "admin      "
            + (report.admin() == null ? "off" : report.admin() + "  " + report.adminReach()));
    out.println("stop       Ctrl-C");
    out.println();
    out.flush();
  }

  private static Table boundTable(StartReport report) {
    return new Columns<SocketRow>()
        .column("proto", "protocol", row -> row.protocol().label())
        .column("state", "state", SocketRow::state)
        .column("local address", "local", SocketRow::localText)
        .numbers("inode", "inode", SocketRow::inode)
        .column("process", "process", row -> report.self())
        .table("Bound, as the kernel shows it (ss -tulnp):", report.sockets())
        .build();
  }

  /** A quiet time is said once: a line of zeros every ten seconds hides the lines that tell. */
  @Override
  public void progress(TableSnapshot before, TableSnapshot now) {
    if (now.totals().equals(before.totals())) {
      // Only a write shows that nobody reads any more, and a quiet time has none.
      if (!isQuiet || StandardStream.OUTPUT.isUnreadPipe()) {
        out.println(
            clock(now) + "  quiet since " + clock(before) + "; the next line comes with a change");
        out.flush();
      }
      isQuiet = true;
      return;
    }
    isQuiet = false;
    double seconds = Math.max(1, Duration.between(before.taken(), now.taken()).toMillis()) / 1000.0;
    StringBuilder line = new StringBuilder(clock(now));
    for (Protocol protocol : Protocol.values()) {
      ProtocolSnapshot snapshot = now.protocol(protocol);
      CounterValues totals = snapshot.totals();
      CounterValues earlier = before.protocol(protocol).totals();
      line.append("  " + protocol.label() + ": ");
      double messages = rate(Counter.MESSAGES_IN, earlier, totals, seconds);
      double reads = rate(Counter.READS, earlier, totals, seconds);
      if (messages > 0 || reads == 0) {
        line.append(text(messages) + " msg/s in, ")
            .append(text(rate(Counter.MESSAGES_OUT, earlier, totals, seconds)) + " out");
      } else {
        line.append("no probe messages"); // a rate of 0 would read like loss
      }
      if (reads > 0) {
        line.append(", " + text(reads) + " reads/s, ")
            .append(text(rate(Counter.WRITES, earlier, totals, seconds)) + " writes/s");
      }
      long flows = snapshot.liveFlows();
      line.append(", " + Quantities.count(flows) + " " + Words.form(flows, "flow", "flows"));
    }
    line.append(
        Words.format(", %,d dropped", now.protocol(Protocol.UDP).totals().sum(Counter.drops())));
    out.println(line);
    out.flush();
  }

  private static String clock(TableSnapshot reading) {
    return LocalTime.ofInstant(reading.taken(), ZoneId.systemDefault()).format(CLOCK);
  }

  /** Little is never shown as nothing. */
  private static String text(double rate) {
    return rate == 0 ? "0" : Quantities.rate(rate);
  }

  private static double rate(
      Counter counter, CounterValues before, CounterValues now, double seconds) {
    return (now.get(counter) - before.get(counter)) / seconds;
  }

  @Override
  public void stopped(StopReport report) {
    out.println();
    out.print(Format.TEXT.render(FinalTables.of(report)));
    out.flush();
  }
}
