package io.dualport.server.view;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowSnapshot;
import io.dualport.flow.Framing;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolSnapshot;
import io.dualport.flow.TableSnapshot;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Durations;
import io.dualport.report.Table;
import io.dualport.report.Words;
import io.dualport.server.kernel.KernelShare;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/** The tables a stopped server leaves: per protocol, per five-tuple, and the kernel's own count. */
final class FinalTables {
  /** The others only where they counted something. */
  private static final Set<Counter> ALWAYS_SHOWN =
      Set.of(
          Counter.CONNECTIONS_ACCEPTED,
          Counter.MESSAGES_IN,
          Counter.MESSAGES_OUT,
          Counter.READS,
          Counter.WRITES,
          Counter.BYTES_IN,
          Counter.BYTES_OUT);

  private FinalTables() {}

  static List<Table> of(StopReport report) {
    List<Table> tables = new ArrayList<>();
    tables.add(
        protocols(
            report,
            "Per protocol, in "
                + Durations.text(report.uptime())
                + ", instance "
                + report.facts().instance()
                + ":"));
    tables.add(fiveTuples(report.flows(), report.listedFlows()));
    if (!report.shares().isEmpty()) {
      tables.add(kernel(report));
    }
    return tables;
  }

  /** A line of the table by protocol. */
  private record Line(String name, Function<ProtocolSnapshot, ?> value) {}

  private static Table protocols(StopReport report, String title) {
    ProtocolSnapshot tcp = report.flows().protocol(Protocol.TCP);
    ProtocolSnapshot udp = report.flows().protocol(Protocol.UDP);
    List<Line> lines = new ArrayList<>();
    for (Counter counter : Counter.values()) {
      if (ALWAYS_SHOWN.contains(counter)
          || tcp.totals().get(counter) + udp.totals().get(counter) > 0) {
        lines.add(new Line(counter.label(), of -> cell(counter, of.protocol(), of.totals())));
      }
      if (counter == Counter.CONNECTIONS_ACCEPTED) {
        lines.add(
            new Line("connections open", of -> of == tcp ? tcp.totals().connectionsOpen() : null));
      }
    }
    lines.add(new Line("flows live", ProtocolSnapshot::liveFlows));
    lines.add(new Line("flows ended", ProtocolSnapshot::endedFlows));
    lines.add(
        new Line("messages without an entry", of -> of.withoutEntry().get(Counter.MESSAGES_IN)));
    lines.add(
        new Line(
            "reads without an entry",
            of -> of == tcp ? tcp.withoutEntry().get(Counter.READS) : null));
    Table.Builder table =
        new Columns<Line>()
            .column("", "counter", Line::name)
            .numbers("TCP", "tcp", line -> line.value().apply(tcp))
            .numbers("UDP", "udp", line -> line.value().apply(udp))
            .table(title, lines);
    if (!report.facts().inherited().isEmpty()) {
      table.note("Sockets: " + report.facts().inheritedFrom() + ".");
    }
    if (isWithoutMessages(tcp.totals())) {
      table.note("No whole probe message came over TCP: reads, writes and bytes tell what did.");
    }
    report.flows().imbalances().forEach(wrong -> table.note("BUG, please report: " + wrong));
    return table.build();
  }

  private static Cell cell(Counter counter, Protocol protocol, CounterValues values) {
    boolean isMessages = counter == Counter.MESSAGES_IN || counter == Counter.MESSAGES_OUT;
    return !counter.appliesTo(protocol) || isMessages && isWithoutMessages(values)
        ? Cell.missing()
        : Cell.number(values.get(counter));
  }

  /** Whether something came over streams that were no probe: its messages are none, not 0. */
  private static boolean isWithoutMessages(CounterValues totals) {
    return totals.get(Counter.MESSAGES_IN) == 0 && totals.get(Counter.READS) > 0;
  }

  /** All five-tuples that ever had an entry, listed or not. */
  static long flowsSeen(TableSnapshot flows) {
    return flows.protocols().values().stream()
        .mapToLong(protocol -> protocol.liveFlows() + protocol.endedFlows())
        .sum();
  }

  private static Table fiveTuples(TableSnapshot flows, int limit) {
    List<FlowSnapshot> listed = flows.busiest(limit);
    Table.Builder table =
        new Columns<FlowSnapshot>()
            .column("proto", "protocol", flow -> flow.tuple().protocol().label())
            .column("source", "source", flow -> Endpoint.text(flow.tuple().source()))
            .column("destination", "destination", flow -> Endpoint.text(flow.tuple().destination()))
            .numbers("messages in", "messagesIn", flow -> messages(flow, Counter.MESSAGES_IN))
            .numbers("out", "messagesOut", flow -> messages(flow, Counter.MESSAGES_OUT))
            .numbers("reads", "reads", flow -> cell(Counter.READS, flow))
            .numbers("writes", "writes", flow -> cell(Counter.WRITES, flow))
            .numbers("bytes in", "bytesIn", flow -> flow.counters().get(Counter.BYTES_IN))
            .numbers("bytes out", "bytesOut", flow -> flow.counters().get(Counter.BYTES_OUT))
            .numbers("dropped", "dropped", flow -> flow.counters().sum(Counter.drops()))
            .numbers("loop", "eventLoop", FlowSnapshot::eventLoop)
            .numbers("inode", "inode", flow -> known(flow.inode(), Cell::number))
            .numbers(
                "kernel rtt",
                "rttNanos",
                flow -> known(flow.rttMicros(), micros -> Cell.duration(micros * 1000)))
            .column("ended", "ended", FlowSnapshot::endedBy)
            .table("Per five-tuple, as the server saw it:", listed);
    long all = flowsSeen(flows);
    if (all > listed.size()) {
      table.note("and " + (all - listed.size()) + " more flows, counted in the totals above");
    }
    if (listed.stream()
        .anyMatch(f -> f.framing() == Framing.NONE && f.counters().get(Counter.READS) > 0)) {
      table.note(
          "messages -: no probe messages on this stream; only its reads and writes are counted.");
    }
    if (listed.stream().anyMatch(flow -> flow.framing() == Framing.LEFT)) {
      table.note("messages N+: N probe messages, then bytes that are of none.");
    }
    twins(listed).ifPresent(table::note);
    return table.build();
  }

  private static Cell cell(Counter counter, FlowSnapshot flow) {
    return cell(counter, flow.tuple().protocol(), flow.counters());
  }

  private static Cell known(long value, LongFunction<Cell> cell) {
    return value == Flow.UNKNOWN ? Cell.missing() : cell.apply(value);
  }

  private static Cell messages(FlowSnapshot flow, Counter counter) {
    long count = flow.counters().get(counter);
    if (!flow.hasMessages()) {
      return Cell.missing();
    }
    return flow.framing() == Framing.LEFT ? Cell.text(count + "+") : Cell.number(count);
  }

  /** Listed flows that differ in the protocol alone, in pairs: the point of it all. */
  private static Optional<String> twins(List<FlowSnapshot> flows) {
    Set<FiveTuple> tuples = flows.stream().map(FlowSnapshot::tuple).collect(Collectors.toSet());
    List<FiveTuple> paired =
        flows.stream()
            .map(FlowSnapshot::tuple)
            .filter(tuple -> tuple.protocol() == Protocol.TCP)
            .filter(
                tuple ->
                    tuples.contains(
                        new FiveTuple(Protocol.UDP, tuple.source(), tuple.destination())))
            .distinct()
            .toList();
    if (paired.isEmpty()) {
      return Optional.empty();
    }
    FiveTuple first = paired.get(0);
    String ends = Endpoint.text(first.source()) + " -> " + Endpoint.text(first.destination());
    int more = paired.size() - 1;
    return Optional.of(
        ends
            + (more == 0 ? "" : ", and " + Words.count(more, "other pair") + " above,")
            + " on both protocols: "
            + Words.form(paired.size(), "the five-tuples differ", "each pair's five-tuples differ")
            + " in the protocol alone, and the kernel kept them apart.");
  }

  private static Table kernel(StopReport report) {
    CounterValues udp = report.flows().protocol(Protocol.UDP).totals();
    Table.Builder table =
        new Columns<KernelShare>()
            .column("counter", "counter", share -> String.join(" + ", share.counters()))
            .numbers("all", "all", KernelShare::all)
            .numbers("this port", "ours", share -> cell(share.ours()))
            .numbers("others", "others", share -> cell(share.others()))
            .column("counts", "meaning", KernelShare::meaning)
            .table(
                "The kernel's count meanwhile, which is of all sockets in this network namespace:",
                report.shares().stream().filter(KernelShare::isTelling).toList());
    long arrived = udp.get(Counter.RECEIVES_SHARED);
    if (arrived > 0) {
      table.note(
          Words.format(
              "Of the %d datagrams read %d came with the one before, in an aggregate that the"
                  + " kernel counts once.",
              udp.datagramsRead(), arrived));
    }
    long left = udp.get(Counter.SENDS_SHARED);
    if (left > 0) {
      table.note(
          Words.format(
              "Of the %d messages out %d left with the one before, in a segmented datagram that the"
                  + " kernel counts once.",
              udp.get(Counter.MESSAGES_OUT), left));
    }
    table.note(
        "others: sockets of other programs here, and the admin side's. Of a client on this machine"
            + " the messages it sends count as out, and the replies it takes as in.");
    if (!report.facts().inherited().isEmpty()) {
      table.note("Connections that waited for this program to start were counted before it.");
    }
    return table.build();
  }

  private static Cell cell(OptionalLong value) {
    return value.isPresent() ? Cell.number(value.getAsLong()) : Cell.missing();
  }
}
