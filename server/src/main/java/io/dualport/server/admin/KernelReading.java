package io.dualport.server.admin;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolTotals;
import io.dualport.kernel.NetCounters;
import io.dualport.kernel.SocketOwners;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketState;
import io.dualport.kernel.SocketTable;
import io.dualport.server.kernel.KernelShare;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the kernel says about our port at one moment.
 *
 * @param unavailable why there is nothing to say; null where there is
 * @param rows every socket of the network namespace whose local port is ours, those that wait for
 *     peers first
 * @param own the inodes of our own among those, but for the connections
 * @param counters the kernel's counts since before the port was bound, for the whole namespace
 * @param shares what of them is ours
 */
record KernelReading(
    Instant time,
    String unavailable,
    List<SocketRow> rows,
    Set<Long> own,
    Map<String, Long> counters,
    List<KernelShare> shares) {

  private static final Comparator<SocketRow> LISTENERS_FIRST =
      Comparator.comparing((SocketRow row) -> !row.acceptsAnyPeer())
          .thenComparing(SocketRow::protocol)
          .thenComparing(SocketRow::state)
          .thenComparingLong(SocketRow::inode);

  /** Reads the kernel's tables. */
  static KernelReading of(ObservedServer subject) {
    if (!SocketTable.available()) {
      return of(
          subject,
          "this system shows no socket table in /proc/net; only Linux does",
          List.of(),
          Set.of());
    }
    try {
      List<SocketRow> rows =
          SocketTable.read().onLocalPort(subject.facts().port()).stream()
              .sorted(LISTENERS_FIRST)
              .toList();
      return of(subject, null, rows, own(rows));
    } catch (IOException e) {
      return of(
          subject,
          "the kernel's socket table cannot be read: " + e.getMessage(),
          List.of(),
          Set.of());
    }
  }

  /**
   * Ours are read first: what is counted meanwhile is then the kernel's alone, and not ours alone.
   */
  private static KernelReading of(
      ObservedServer subject, String unavailable, List<SocketRow> rows, Set<Long> own) {
    Map<Protocol, ProtocolTotals> ours = Frame.totals(subject.tables());
    Optional<NetCounters> counters =
        subject.kernelBefore().flatMap(then -> NetCounters.read().map(now -> now.since(then)));
    OptionalLong drops =
        own.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(
                subject.dropsOfClosed().getAsLong()
                    + ownListeners(rows, own).mapToLong(SocketRow::drops).sum());
    return new KernelReading(
        Instant.now(),
        unavailable,
        rows,
        own,
        counters.map(NetCounters::values).orElse(Map.of()),
        counters.map(counted -> KernelShare.of(counted, ours, drops)).orElse(List.of()));
  }

  /** A datagram socket may be connected and no peer's: the guard of those that share the port. */
  private static Set<Long> own(List<SocketRow> rows) {
    Set<Long> inodes =
        rows.stream()
            .filter(row -> row.acceptsAnyPeer() || row.protocol() == Protocol.UDP)
            .map(SocketRow::inode)
            .collect(Collectors.toSet());
    long self = ProcessHandle.current().pid();
    return SocketOwners.of(inodes).entrySet().stream()
        .filter(owner -> owner.getValue().pid() == self)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** How many sockets of the port are in which state. */
  Map<Protocol, Map<SocketState, Long>> states() {
    Map<Protocol, Map<SocketState, Long>> states = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      states.put(protocol, new TreeMap<>());
    }
    rows.forEach(row -> states.get(row.protocol()).merge(row.state(), 1L, Long::sum));
    return states;
  }

  /** The rows that wait for peers at sockets of ours. */
  List<SocketRow> ownListenerRows() {
    return ownListeners(rows, own).toList();
  }

  private static Stream<SocketRow> ownListeners(List<SocketRow> rows, Set<Long> own) {
    return rows.stream().filter(row -> row.acceptsAnyPeer() && own.contains(row.inode()));
  }

  /**
   * The sockets that are ours among the first rows: by process, and connections that have a live
   * flow, found by inode or, on a transport that does not tell it, by their two ends.
   */
  Set<SocketRow> ours(List<SocketRow> shown, Collection<FlowTable> tables) {
    Set<Long> inodes = new HashSet<>(own);
    Set<FiveTuple> tuples = new HashSet<>();
    Map<FiveTuple, SocketRow> connections =
        shown.stream()
            .filter(row -> !row.acceptsAnyPeer() && row.remote().getPort() != 0)
            .collect(Collectors.toMap(KernelReading::tuple, row -> row, (one, another) -> another));
    List<Flow> flows = new ArrayList<>();
    if (!connections.isEmpty()) {
      tables.forEach(table -> flows.addAll(table.liveFlows()));
    }
    for (Flow flow : flows) {
      if (connections.containsKey(flow.tuple())) {
        tuples.add(flow.tuple());
      }
    }
    return shown.stream()
        .filter(row -> row.inode() != 0)
        .filter(row -> inodes.contains(row.inode()) || tuples.contains(tuple(row)))
        .collect(Collectors.toSet());
  }

  private static FiveTuple tuple(SocketRow row) {
    InetSocketAddress remote = row.remote();
    return new FiveTuple(row.protocol(), remote, row.local());
  }
}
