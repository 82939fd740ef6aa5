package io.dualport.lab.experiment;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.SkippedException;
import io.dualport.report.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names of {@code /etc/services} (services(5)), by number; where a number has several, the
 * first.
 *
 * @param tcp those for TCP
 * @param udp those for UDP
 */
record NamedPorts(SortedMap<Integer, String> tcp, SortedMap<Integer, String> udp) {
  /**
   * Reads {@code /etc/services}.
   *
   * @throws SkippedException if this system has none
   */
  static NamedPorts read() throws SkippedException {
    NamedPorts names = new NamedPorts(new TreeMap<>(), new TreeMap<>());
    for (String line : lines("/etc/services")) {
      String[] words = line.split("[\\s/]+");
      if (words.length < 3 || !words[1].matches("\\d{1,5}")) {
        continue;
      }
      int port = Integer.parseInt(words[1]);
      switch (words[2]) {
        case "tcp" -> names.tcp.putIfAbsent(port, words[0]);
        case "udp" -> names.udp.putIfAbsent(port, words[0]);
        default -> {
          // SCTP and DCCP have ports too; they are not our subject.
        }
      }
    }
    return names;
  }

  /**
   * The lines of a name database, comments cut off.
   *
   * @throws SkippedException if this system has none
   */
  static List<String> lines(String file) throws SkippedException {
    try {
      return Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1).stream()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (IOException e) {
      throw new SkippedException(
          Bilingual.of("this system has no %s; it is in Debian's package netbase", file));
    }
  }

  /** The numbers of a name, as in {@code 53/tcp, 53/udp}. */
  String numbers(String name) {
    return Stream.concat(numbers(tcp, name, "/tcp"), numbers(udp, name, "/udp"))
        .collect(Collectors.joining(", "));
  }

  private static Stream<String> numbers(
      SortedMap<Integer, String> names, String name, String suffix) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .map(entry -> entry.getKey() + suffix);
  }

  /** Numbers with a name for TCP and none for UDP. */
  List<Integer> onTcpOnly() {
    return tcp.keySet().stream().filter(port -> !udp.containsKey(port)).toList();
  }

  /** Numbers with a name for UDP and none for TCP. */
  List<Integer> onUdpOnly() {
    return udp.keySet().stream().filter(port -> !tcp.containsKey(port)).toList();
  }

  /** Numbers with a name for each; the same, or two different ones. */
  private List<Integer> onBoth(boolean same) {
    return tcp.keySet().stream()
        .filter(udp::containsKey)
        .filter(port -> tcp.get(port).equals(udp.get(port)) == same)
        .toList();
  }

  /**
   * How many numbers are named in which way.
   *
   * @param examples how many are shown of each
   */
  Table table(int examples) {
    Table.Builder table =
        Table.titled("")
            .column("named", "named")
            .numbers("ports", "ports")
            .column("lowest", "examples");
    row(table, "tcp = udp", onBoth(true), examples);
    row(table, "tcp only", onTcpOnly(), examples);
    row(table, "udp only", onUdpOnly(), examples);
    row(table, "tcp != udp", onBoth(false), examples);
    return table.build();
  }

  /** What these numbers are called. */
  Table table(List<Integer> ports) {
    Table.Builder table =
        Table.titled("").numbers("port", "port").column("tcp", "tcp").column("udp", "udp");
    ports.forEach(port -> table.row(port, tcp.get(port), udp.get(port)));
    return table.build();
  }

  private void row(Table.Builder table, String named, List<Integer> ports, int examples) {
    table.row(
        named,
        ports.size(),
        ports.stream()
            .limit(examples)
            .map(port -> port + " " + names(port))
            .collect(Collectors.joining(", ")));
  }

  /** {@code domain}, or {@code ftp/fsp} where TCP's differs from UDP's. */
  private String names(int port) {
    return Stream.of(tcp.get(port), udp.get(port))
        .filter(name -> name != null)
        .distinct()
        .collect(Collectors.joining("/"));
  }
}
