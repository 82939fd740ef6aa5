package io.dualport.server.kernel;

import static io.dualport.flow.Counter.CONNECTIONS_ACCEPTED;
import static io.dualport.flow.Counter.MESSAGES_OUT;

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
 * @param counters the kernel's names of it, added up: for UDP it counts IPv4 and IPv6 apart
 * @param all what was counted for everybody
 * @param ours what of it belongs to this port's sockets; empty where the kernel does not tell
 */
public record KernelShare(String key, List<String> counters, long all, OptionalLong ours) {
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
    List<KernelShare> shares = new ArrayList<>();
    add(shares, since, "datagramsIn", udp("InDatagrams"), OptionalLong.of(udp.datagramsRead()));
    add(shares, since, "datagramsOut", udp("OutDatagrams"), OptionalLong.of(udp.get(MESSAGES_OUT)));
    // A socket's own count of drops grows with InErrors (net/ipv4/udp.c).
    add(shares, since, "datagramsUnread", udp("InErrors"), drops);
    add(
        shares,
        since,
        "connectionsIn",
        List.of("Tcp.PassiveOpens"),
        OptionalLong.of(tcp.get(CONNECTIONS_ACCEPTED)));
    // Nobody's socket: where ours are, somebody listens.
    add(shares, since, "datagramsToNobody", udp("NoPorts"), notTold);
    add(shares, since, "receiveQueueFull", udp("RcvbufErrors"), notTold);
    add(shares, since, "sendQueueFull", udp("SndbufErrors"), notTold);
    add(shares, since, "segmentsSentAgain", List.of("Tcp.RetransSegs"), notTold);
    add(shares, since, "acceptQueueFull", List.of("TcpExt.ListenOverflows"), notTold);
    add(shares, since, "connectionsTurnedAway", List.of("TcpExt.ListenDrops"), notTold);
    return List.copyOf(shares);
  }

  private static List<String> udp(String name) {
    return UDP.stream().map(section -> section + "." + name).toList();
  }

  private static void add(
      List<KernelShare> shares,
      NetCounters since,
      String key,
      List<String> names,
      OptionalLong ours) {
    List<String> known = names.stream().filter(name -> since.value(name).isPresent()).toList();
    if (!known.isEmpty()) {
      long all = known.stream().mapToLong(name -> since.value(name).getAsLong()).sum();
      shares.add(new KernelShare(key, known, all, ours));
    }
  }
}
