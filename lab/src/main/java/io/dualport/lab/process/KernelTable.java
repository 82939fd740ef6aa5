package io.dualport.lab.process;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.kernel.SocketTable;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Columns;
import io.dualport.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The kernel's table of sockets as an experiment looks at it: some ports, holders by name. */
final class KernelTable {
  /** How often a table that keeps changing is read; then the last reading has to do. */
  private static final int MOST_READINGS = 10;

  /** The kernel's own order is that of a hash, different each time. */
  private static final Comparator<SocketRow> IN_READING_ORDER =
      Comparator.comparing(SocketRow::protocol)
          .thenComparing(SocketRow::ipv6)
          .thenComparing(row -> row.state() != SocketState.LISTEN)
          .thenComparing(row -> Endpoint.text(row.local()))
          .thenComparing(row -> Endpoint.text(row.remote()))
          .thenComparing(SocketRow::inode);

  private KernelTable() {}

  /**
   * Some of its rows.
   *
   * <p>The kernel writes its table piece by piece and finds its place again by counting, so that a
   * reading may miss rows, or have them twice, while other programs open and close sockets
   * (udp_get_idx in net/ipv4/udp.c). So it is read until two readings in a row agree.
   *
   * @param procNet of the network that is looked at
   * @throws SkippedException on a system without {@code /proc/net}
   */
  static List<SocketRow> rows(Path procNet, Predicate<SocketRow> wanted)
      throws IOException, SkippedException {
    if (!SocketTable.available()) {
      throw new SkippedException(
          Bilingual.of("the kernel's table cannot be read here: it needs Linux's /proc/net"));
    }
    List<SocketRow> rows = reading(procNet, wanted);
    for (int i = 1; i < MOST_READINGS; i++) {
      List<SocketRow> again = reading(procNet, wanted);
      if (again.equals(rows)) {
        break;
      }
      rows = again;
    }
    return rows;
  }

  private static List<SocketRow> reading(Path procNet, Predicate<SocketRow> wanted)
      throws IOException {
    return SocketTable.read(procNet).rows().stream()
        .filter(wanted)
        .sorted(IN_READING_ORDER)
        .toList();
  }

  /**
   * Rows in a few words: protocol, state and program, as in {@code tcp LISTEN A, udp UNCONN B}.
   *
   * @param names of programs, by process id
   */
  static String summary(List<SocketRow> rows, Map<Long, String> names) {
    Map<Long, String> holders = holders(names);
    return rows.stream()
        .map(
            row ->
                row.protocol().label()
                    + " "
                    + row.state()
                    + " "
                    + holders.getOrDefault(row.inode(), "nobody"))
        .collect(Collectors.joining(", "));
  }

  /**
   * Rows as netstat shows them.
   *
   * @param names of programs, by process id
   */
  static Table table(List<SocketRow> rows, Map<Long, String> names) {
    Map<Long, String> holders = holders(names);
    return new Columns<SocketRow>()
        .column("proto", "protocol", row -> row.protocol().label() + (row.ipv6() ? "6" : ""))
        .column("local", "local", row -> Endpoint.text(row.local()))
        .column(
            "remote",
            "remote",
            row -> row.remote().getPort() == 0 ? "*" : Endpoint.text(row.remote()))
        .column("state", "state", SocketRow::state)
        .numbers("recv-q", "receiveQueueBytes", SocketRow::receiveQueueBytes)
        .numbers("send-q", "transmitQueueBytes", SocketRow::transmitQueueBytes)
        .numbers("inode", "inode", SocketRow::inode)
        .column("program", "program", row -> holders.get(row.inode()))
        .table("", rows)
        .build();
  }

  /** Inode to the names of the programs that have it open. */
  private static Map<Long, String> holders(Map<Long, String> names) {
    Map<Long, String> holders = new TreeMap<>();
    for (Map.Entry<Long, String> named : new TreeMap<>(names).entrySet()) {
      Path descriptors = Path.of("/proc", named.getKey().toString(), "fd");
      try (var links = Files.newDirectoryStream(descriptors)) {
        for (Path link : links) {
          String target = Files.readSymbolicLink(link).toString();
          if (target.startsWith("socket:[")) {
            long inode = Long.parseLong(target.replaceAll("\\D", ""));
            holders.merge(
                inode, named.getValue(), (one, two) -> one.equals(two) ? one : one + ", " + two);
          }
        }
      } catch (IOException goneMeanwhile) {
        // The row stays without a name.
      }
    }
    return holders;
  }
}
