package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.process.Sock;
import io.dualport.lab.socket.Datagram;
import io.dualport.lab.story.FailedException;
import io.dualport.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** UDP sockets on one port, and how many datagrams each of them hears. */
final class Receivers {
  private final Lab lab;
  private final Map<Sock, Program> programs = new LinkedHashMap<>();

  Receivers(Lab lab) {
    this.lab = lab;
  }

  void add(Program program, Sock socket) {
    programs.put(socket, program);
  }

  /** One that was closed. */
  void remove(Sock socket) {
    programs.remove(socket);
  }

  /**
   * Reads all that came, and shows it.
   *
   * @param expected how many that are in all; if fewer come, the wait is bounded and the answer
   *     tells
   * @return socket by socket, as in {@code first 0, second 20}
   */
  String heard(int expected) throws Exception {
    return arrivals(expected).entrySet().stream()
        .map(one -> one.getKey() + " " + one.getValue().size())
        .collect(Collectors.joining(", "));
  }

  /** The same, but only how many of the sockets heard anything. */
  String hearing(int expected) throws Exception {
    Map<Sock, List<Datagram>> arrivals = arrivals(expected);
    long hearing = arrivals.values().stream().filter(heard -> !heard.isEmpty()).count();
    return hearing + " of " + arrivals.size() + " sockets hear something";
  }

  /** The same, but what each of them heard. */
  Map<Sock, List<Datagram>> arrivals(int expected) throws Exception {
    Map<Sock, List<Datagram>> arrivals = new LinkedHashMap<>();
    programs.keySet().forEach(socket -> arrivals.put(socket, new ArrayList<>()));
    try {
      lab.await(
          "all datagrams are read",
          () -> {
            for (Sock socket : programs.keySet()) {
              drain(socket, arrivals.get(socket));
            }
            return arrivals.values().stream().mapToInt(List::size).sum() >= expected;
          });
    } catch (FailedException fewerCame) {
      // What did come is the observation.
    }
    show(arrivals);
    return arrivals;
  }

  private static void drain(Sock socket, List<Datagram> heard) throws Exception {
    Sock quiet = socket.quiet();
    for (Optional<Datagram> got = quiet.receiveFrom(0);
        got.isPresent();
        got = quiet.receiveFrom(0)) {
      heard.add(got.get());
    }
  }

  private void show(Map<Sock, List<Datagram>> arrivals) {
    Table.Builder table =
        Table.titled("")
            .column("socket", "socket")
            .column("program", "program")
            .numbers("datagrams", "datagrams");
    arrivals.forEach(
        (socket, heard) -> table.row(socket.label(), programs.get(socket).name(), heard.size()));
    lab.observe("Who heard how many", table.build());
  }
}
