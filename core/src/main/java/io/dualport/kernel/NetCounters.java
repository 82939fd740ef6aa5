package io.dualport.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The kernel's own counters of UDP and TCP, since the network namespace began.
 *
 * <p>They belong to the <em>network namespace</em>, not to a process or socket: on a host they
 * count every program's traffic together, in a container that of the container (or pod). A
 * difference to one program's counters is therefore a hint, not a proof, unless the namespace is
 * private.
 *
 * <p>Keys are {@code Section.Name}: all of {@code Udp} and {@code Tcp} and {@code
 * Icmp.InDestUnreachs} and {@code Icmp.OutDestUnreachs} from {@code /proc/net/snmp}, {@code Udp6}
 * and the same two of {@code Icmp6} from {@code /proc/net/snmp6}, and {@code
 * TcpExt.ListenOverflows} and {@code TcpExt.ListenDrops} from {@code /proc/net/netstat} (names:
 * kernel Documentation/networking/snmp_counter.rst). {@code Udp} counts IPv4 only; {@code Tcp}
 * counts both families.
 *
 * @param values by key, in the order of the files; counts, except for the few Tcp gauges
 */
public record NetCounters(Map<String, Long> values) {
  private static final Path PROC_NET = Path.of("/proc/net");

  /** Settings and levels among the counts: a difference of them means nothing (RFC 4022). */
  private static final Set<String> GAUGES =
      Set.of("Tcp.RtoAlgorithm", "Tcp.RtoMin", "Tcp.RtoMax", "Tcp.MaxConn", "Tcp.CurrEstab");

  private static final Set<String> TCP_EXT = Set.of("TcpExt.ListenOverflows", "TcpExt.ListenDrops");
  private static final Set<String> UNREACHABLE = Set.of("InDestUnreachs", "OutDestUnreachs");

  /** Copies the values, keeping their order. */
  public NetCounters {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Reads the counters of the running kernel; empty on a system without {@code /proc/net/snmp}. */
  public static Optional<NetCounters> read() {
    return read(PROC_NET);
  }

  /**
   * Reads the counters from a folder that looks like {@code /proc/net}.
   *
   * @return empty if {@code snmp} cannot be read or holds no counters; {@code snmp6} and {@code
   *     netstat} may be absent, and damaged entries are left out
   */
  public static Optional<NetCounters> read(Path procNet) {
    Map<String, Long> values = new LinkedHashMap<>();
    sections(procNet.resolve("snmp"), Set.of("Udp", "Tcp"), values);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    ipv6(procNet.resolve("snmp6"), values);
    Map<String, Long> extended = new LinkedHashMap<>();
    sections(procNet.resolve("snmp"), Set.of("Icmp"), extended);
    extended.keySet().removeIf(key -> !UNREACHABLE.contains(key.substring("Icmp.".length())));
    values.putAll(extended);
    extended.clear();
    sections(procNet.resolve("netstat"), Set.of("TcpExt"), extended);
    extended.keySet().retainAll(TCP_EXT);
    values.putAll(extended);
    return Optional.of(new NetCounters(values));
  }

  /** One counter by its key, such as {@code Udp.InDatagrams}; empty if this kernel has none. */
  public OptionalLong value(String key) {
    Long value = values.get(key);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /**
   * What was counted between an earlier reading and this one. Keys that only one of them has, and
   * gauges such as {@code Tcp.CurrEstab}, are left out.
   */
  public NetCounters since(NetCounters earlier) {
    Map<String, Long> differences = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          Long before = earlier.values.get(key);
          if (before != null && !GAUGES.contains(key)) {
            differences.put(key, value - before);
          }
        });
    return new NetCounters(differences);
  }

  /** Pairs of lines, {@code Udp: names...} and {@code Udp: numbers...}. */
  private static void sections(Path file, Set<String> wanted, Map<String, Long> values) {
    List<String> lines = lines(file);
    for (int i = 0; i + 1 < lines.size(); i++) {
      String[] names = lines.get(i).split(" +");
      String[] numbers = lines.get(i + 1).split(" +");
      String section = names[0].endsWith(":") ? names[0].substring(0, names[0].length() - 1) : "";
      if (!wanted.contains(section)
          || !numbers[0].equals(names[0])
          || numbers.length != names.length) {
        continue;
      }
      for (int column = 1; column < names.length; column++) {
        put(section + "." + names[column], numbers[column], values);
      }
      i++;
    }
  }

  /** Lines of a name and a number, {@code Udp6InDatagrams 11}. */
  private static void ipv6(Path file, Map<String, Long> values) {
    for (String line : lines(file)) {
      String[] words = line.split("\\s+");
      if (words.length == 2 && words[0].startsWith("Udp6")) {
        put("Udp6." + words[0].substring("Udp6".length()), words[1], values);
      } else if (words.length == 2
          && words[0].startsWith("Icmp6")
          && UNREACHABLE.contains(words[0].substring("Icmp6".length()))) {
        put("Icmp6." + words[0].substring("Icmp6".length()), words[1], values);
      }
    }
  }

  private static void put(String key, String number, Map<String, Long> values) {
    try {
      values.put(
          key, number.startsWith("-") ? Long.parseLong(number) : Long.parseUnsignedLong(number));
    } catch (NumberFormatException damaged) {
      // Left out, as documented.
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException absent) {
      return List.of();
    }
  }
}
