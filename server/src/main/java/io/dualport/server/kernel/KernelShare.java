package io.dualport.server.kernel;

import static io.dualport.flow.Counter.CONNECTIONS_ACCEPTED;
import static io.dualport.flow.Counter.MESSAGES_OUT;
import static io.dualport.flow.Counter.RECEIVES_SHARED;
import static io.dualport.flow.Counter.SENDS_SHARED;

import io.dualport.flow.CounterValues;
import io.dualport.flow.Protocol;
import io.dualport.flow.ProtocolTotals;
import io.dualport.kernel.NetCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * One of the kernel's counts, which it keeps for all sockets of the network namespace together, and
 * what of it is this port's.
 *
 * @param key names it in JSON
 * @param meaning what is counted, in a few words
 * @param counters the kernel's names of it, added up: for UDP it counts IPv4 and IPv6 apart
 * @param all what was counted for everybody
 * @param ours what of it belongs to this port's sockets; empty where the kernel does not tell
 */
public record KernelShare(
    String key, String meaning, List<String> counters, long all, OptionalLong ours) {
  private static final List<String> UDP = List.of("Udp", "Udp6");

  /** What belongs to the other sockets; empty where that cannot be told. */
  public OptionalLong others() {
    return ours.isPresent() ? OptionalLong.of(all - ours.getAsLong()) : OptionalLong.empty();
  }

  /** Whether it is worth a line: what can be told apart, and faults once there are any. */
  public boolean isTelling() {
    return all != 0 || ours.isPresent();
  }

  /**
   * All that this kernel counts.
   *
   * @param since the kernel's counts since before the port was bound
   * @param port what the server counted; read before the kernel's, or a datagram in between would
   *     be ours and nobody's
   * @param drops datagrams that the kernel dropped at this port's sockets before they were read;
   *     empty where it shows no socket table
   */
  public static List<KernelShare> of(
      NetCounters since, Map<Protocol, ProtocolTotals> port, OptionalLong drops) {
    CounterValues tcp = port.get(Protocol.TCP).totals();
    CounterValues udp = port.get(Protocol.UDP).totals();
    OptionalLong notTold = OptionalLong.empty();
    Known known = new Known(since, new ArrayList<>());
    known.add(
        "datagramsIn",
        "datagrams read from a socket, an aggregate once",
        udp("InDatagrams"),
        OptionalLong.of(udp.datagramsRead() - udp.get(RECEIVES_SHARED)));
    known.add(
        "datagramsOut",
        "datagrams sent, a segmented one once",
        udp("OutDatagrams"),
        OptionalLong.of(udp.get(MESSAGES_OUT) - udp.get(SENDS_SHARED)));
    // A socket's own count of drops grows with InErrors (net/ipv4/udp.c).
    known.add("datagramsUnread", "datagrams dropped before they were read", udp("InErrors"), drops);
    known.add(
        "connectionsIn",
        "connections that came in",
        List.of("Tcp.PassiveOpens"),
        OptionalLong.of(tcp.get(CONNECTIONS_ACCEPTED)));
    known.add(
        "datagramsToNobody", "datagrams for a port where nobody listens", udp("NoPorts"), notTold);
    known.add(
        "receiveQueueFull",
        "datagrams dropped as a receive queue was full",
        udp("RcvbufErrors"),
        notTold);
    known.add(
        "sendQueueFull",
        "datagrams not sent as a send queue was full",
        udp("SndbufErrors"),
        notTold);
    known.add(
        "segmentsSentAgain",
        "segments sent again, as no acknowledgement came",
        List.of("Tcp.RetransSegs"),
        notTold);
    known.add(
        "acceptQueueFull",
        "connections that found an accept queue full",
        List.of("TcpExt.ListenOverflows"),
        notTold);
    known.add(
        "connectionsTurnedAway",
        "connections that a listener turned away",
        List.of("TcpExt.ListenDrops"),
        notTold);
    return List.copyOf(known.shares);
  }

  private static List<String> udp(String name) {
    return UDP.stream().map(section -> section + "." + name).toList();
  }

  /** Collects what this kernel counts; an older one has fewer counters. */
  private record Known(NetCounters since, List<KernelShare> shares) {
    void add(String key, String meaning, List<String> names, OptionalLong ours) {
      List<String> known = names.stream().filter(name -> since.value(name).isPresent()).toList();
      if (!known.isEmpty()) {
        long all = known.stream().mapToLong(name -> since.value(name).getAsLong()).sum();
        shares.add(new KernelShare(key, meaning, known, all, ours));
      }
    }
  }
}
