package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.process.Program;
import io.dualport.lab.socket.Sock;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.Notebook;
import io.dualport.report.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** UDP sockets on one port, and how many datagrams each of them hears. */
final class Receivers {
  private final Lab lab;
  private final Notebook notes;
  private final Map<Sock, Program> programs = new LinkedHashMap<>();

  Receivers(Lab lab, Notebook notes) {
    this.lab = lab;
    this.notes = notes;
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
    return read(expected).entrySet().stream()
        .map(one -> one.getKey() + " " + one.getValue())
        .collect(Collectors.joining(", "));
  }

  /** The same, but only how many of the sockets heard anything. */
  String hearing(int expected) throws Exception {
    Map<Sock, Integer> counts = read(expected);
    long hearing = counts.values().stream().filter(count -> count > 0).count();
    return hearing + " of " + counts.size() + " sockets hear something";
  }

  private Map<Sock, Integer> read(int expected) throws Exception {
    Map<Sock, Integer> counts = new LinkedHashMap<>();
    programs.keySet().forEach(socket -> counts.put(socket, 0));
    try {
      lab.await(
          "all datagrams are read",
          "数据报全部读完",
          () -> {
            for (Map.Entry<Sock, Program> one : programs.entrySet()) {
              counts.merge(one.getKey(), drained(one.getValue(), one.getKey()), Integer::sum);
            }
            return counts.values().stream().mapToInt(Integer::intValue).sum() >= expected;
          });
    } catch (FailedException fewerCame) {
      // What did come is the observation.
    }
    show(counts);
    return counts;
  }

  private static int drained(Program program, Sock socket) throws Exception {
    Sock quiet = new Sock(program.quiet(), socket.label(), socket.descriptor());
    int count = 0;
    while (quiet.receiveFrom(0).isPresent()) {
      count++;
    }
    return count;
  }

  private void show(Map<Sock, Integer> counts) {
    Table.Builder table =
        Table.titled("")
            .column("socket", "socket")
            .column("program", "program")
            .numbers("datagrams", "datagrams");
    counts.forEach(
        (socket, count) -> table.row(socket.label(), programs.get(socket).name(), count));
    notes.observe("Who heard how many", "各收到多少", table.build());
  }
}
