package io.dualport.kernel;

import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.Objects;

/**
 * One socket as the kernel lists it in {@code /proc/net/{tcp,tcp6,udp,udp6}} (proc_pid_net(5)).
 *
 * @param protocol TCP or UDP
 * @param ipv6 whether the socket is of family AF_INET6; such a socket can still carry IPv4, and its
 *     IPv4-mapped addresses are given here as plain IPv4
 * @param local the address it is bound to; a wildcard address if bound to all
 * @param remote the peer; wildcard and port 0 without one
 * @param state the TCP state; ESTABLISHED or UNCONN for UDP
 * @param transmitQueueBytes bytes sent but not acknowledged (TCP), or memory of datagrams not yet
 *     on the wire (UDP)
 * @param receiveQueueBytes bytes received but not read (TCP), or memory of datagrams not yet read,
 *     overhead included (UDP); for a socket in LISTEN not bytes but the number of connections that
 *     wait in its accept queue
 * @param uid the user that owns the socket, an unsigned 32-bit number; 0 for a row without an inode
 * @param inode names the socket in {@code /proc/PID/fd}; 0 if no process holds it any more or yet
 *     (TIME_WAIT, SYN_RECV)
 * @param drops datagrams the kernel threw away at this socket, mostly for a full receive buffer;
 *     counted modulo 2^32, always 0 for TCP
 */
public record SocketRow(
    Protocol protocol,
    boolean ipv6,
    InetSocketAddress local,
    InetSocketAddress remote,
    SocketState state,
    long transmitQueueBytes,
    long receiveQueueBytes,
    int uid,
    long inode,
    long drops) {

  /** TCP first, a wildcard first, IPv4 first. */
  public static final Comparator<SocketRow> WILDCARDS_FIRST =
      Comparator.comparing(SocketRow::protocol)
          .thenComparing(row -> !row.local().getAddress().isAnyLocalAddress())
          .thenComparing(SocketRow::ipv6);

  /** Refuses null parts. */
  public SocketRow {
    Objects.requireNonNull(protocol, "protocol");
    Objects.requireNonNull(local, "local");
    Objects.requireNonNull(remote, "remote");
    Objects.requireNonNull(state, "state");
  }

  /** Whether this socket waits for any peer: LISTEN on TCP, UNCONN on UDP. */
  public boolean acceptsAnyPeer() {
    return state == SocketState.LISTEN || state == SocketState.UNCONN;
  }

  /** The local end as {@code ss} writes it: a wildcard of both IP versions is {@code *}. */
  public String localText() {
    return ipv6 && local.getAddress().isAnyLocalAddress()
        ? "*:" + local.getPort()
        : Endpoint.text(local);
  }

  /**
   * As in {@code tcp LISTEN 127.0.0.1:8888} or {@code udp ESTABLISHED [::1]:8888 <- [::1]:40000}.
   */
  @Override
  public String toString() {
    String text = protocol.label() + " " + state + " " + Endpoint.text(local);
    return remote.getPort() == 0 ? text : text + " <- " + Endpoint.text(remote);
  }
}
