package io.dualport.lab.experiment;

import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What arrived at a {@link SharedPort}, and at which of its programs. */
final class Arrivals {
  private final List<Arrival> all = new ArrayList<>();

  /** One connection or datagram. */
  private record Arrival(int sourcePort, String text, String receiver) {}

  /**
   * One more.
   *
   * @param sourcePort which names the flow: nothing else in its five-tuple differs
   * @param text what it says
   * @param receiver the program that got it
   */
  void add(int sourcePort, String text, String receiver) {
    all.add(new Arrival(sourcePort, text, receiver));
  }

  /** How many there are. */
  int size() {
    return all.size();
  }

  /** As in {@code 200 arrived, 0 of them twice}. */
  String exactlyOnce() {
    long different =
        all.stream().map(arrival -> arrival.sourcePort() + " " + arrival.text()).distinct().count();
    return different + " arrived, " + (all.size() - different) + " of them twice";
  }

  /** Source port to the program that got this flow; the last one, if several did. */
  Map<Integer, String> owners() {
    Map<Integer, String> owners = new TreeMap<>();
    all.forEach(arrival -> owners.put(arrival.sourcePort(), arrival.receiver()));
    return owners;
  }

  /** How many programs got anything. */
  long programs() {
    return owners().values().stream().distinct().count();
  }

  /** The flows of one program, by their source ports, ascending. */
  List<Integer> flowsOf(String program) {
    Map<Integer, String> owners = owners();
    return owners.keySet().stream().filter(flow -> owners.get(flow).equals(program)).toList();
  }

  /** How many programs got something of one flow, at most. */
  int mostProgramsPerFlow() {
    Map<Integer, Set<String>> receivers =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    Arrival::sourcePort,
                    Collectors.mapping(Arrival::receiver, Collectors.toSet())));
    return receivers.values().stream().mapToInt(Set::size).max().orElse(0);
  }

  /**
   * How many came to the program that their source port names, as in {@code 600 of 600}.
   *
   * @param places the programs, in the order of their places in the group: the source port modulo
   *     their number is the receiver's
   */
  String wherePortsSay(List<String> places) {
    long named =
        all.stream()
            .filter(
                arrival ->
                    arrival.receiver().equals(places.get(arrival.sourcePort() % places.size())))
            .count();
    return named + " of " + all.size() + " where the rule says";
  }

  /** How many flows are another program's later. */
  long moved(Arrivals later) {
    Map<Integer, String> now = later.owners();
    return owners().entrySet().stream()
        .filter(flow -> !flow.getValue().equals(now.get(flow.getKey())))
        .count();
  }

  /** Every way that a flow went from its program to its later one, as in {@code A->D, B->B}. */
  String moves(Arrivals later) {
    Map<Integer, String> now = later.owners();
    return owners().entrySet().stream()
        .map(flow -> flow.getValue() + "->" + now.get(flow.getKey()))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /** How many flows went which way. */
  Table movesTable(Arrivals later) {
    Table.Builder table = Table.titled("").column("before", "before");
    SharedPort.PROGRAMS.forEach(name -> table.numbers("now " + name, "now" + name));
    for (String had : SharedPort.PROGRAMS) {
      List<Object> row = new ArrayList<>(List.of(had));
      for (String has : SharedPort.PROGRAMS) {
        List<Integer> both = new ArrayList<>(flowsOf(had));
        both.retainAll(later.flowsOf(has));
        row.add(both.size());
      }
      table.row(row.toArray());
    }
    return table.build();
  }

  /** How many flows each program has. */
  static Table shares(Arrivals connections, Arrivals datagrams) {
    Table.Builder table =
        Table.titled("")
            .column("program", "program")
            .numbers("TCP connections", "tcpConnections")
            .numbers("UDP flows", "udpFlows");
    for (String name : SharedPort.PROGRAMS) {
      table.row(name, connections.flowsOf(name).size(), datagrams.flowsOf(name).size());
    }
    return table.build();
  }
}
