package io.dualport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Buffer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Datagram sockets that share one address and port among themselves and with nobody else (Linux).
 *
 * <p>SO_REUSEPORT spreads datagrams over all sockets that have it (socket(7)), and lets any later
 * program of the same user join. Cleared after the bind it keeps others out, but then the kernel
 * gives every datagram to one socket. So there is one socket more, the guard: without the option,
 * where the kernel looks first for a conflict, every newcomer conflicts with it; connected to a
 * peer that never sends, it matches no datagram.
 *
 * <p>Where it looks first: an IPv4 socket goes to the head of the kernel's list, so the guard is
 * bound last; a sharing IPv6 socket goes to its tail, so the guard is bound first (udp_lib_get_port
 * and udp_lib_lport_inuse in net/ipv4/udp.c, where the check ends at the first socket that also
 * shares).
 *
 * <p>Which member gets a datagram is a rule one can read: the source port, mixed, modulo the number
 * of members (SO_ATTACH_REUSEPORT_CBPF). So a five-tuple stays with one member.
 */
public final class DatagramGroup {
  /** The peer that never sends: the group's own address at this port. */
  private static final int GUARD_PEER_PORT = 1;

  /**
   * Linux gives connecting TCP sockets even ports, and who pairs UDP with them has even ones, too;
   * a NAT may deal out blocks. 2^32 over the golden ratio spreads them all (Knuth, TAOCP 3, 6.4).
   */
  private static final int MIX = 0x9E3779B1;

  private static final int MIXED_SHIFT = 16;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_REUSEPORT_CBPF = 51;

  private final List<LinuxSocket> members = new ArrayList<>();
  private final LinuxSocket guard;

  private DatagramGroup(LinuxSocket guard) {
    this.guard = guard;
  }

  /**
   * Binds a group.
   *
   * @param size members, at least 2
   * @param beside whether a socket that shares just now has the same port on a wildcard; otherwise
   *     the bind fails if anybody else has the port there, sharing or not
   * @param receiveBuffer bytes asked for each member (SO_RCVBUF)
   * @throws IOException with the kernel's error; nothing is left open then
   */
  public static DatagramGroup bind(
      InetSocketAddress local, int size, boolean beside, int receiveBuffer) throws IOException {
    boolean ipv4 = local.getAddress() instanceof Inet4Address;
    DatagramGroup group = new DatagramGroup(open(ipv4));
    try {
      if (!ipv4) {
        group.guard.setReusePort(beside);
        group.bindGuard(local);
        group.guard.setReusePort(true);
      }
      for (int i = 0; i < size; i++) {
        LinuxSocket member = open(ipv4);
        group.members.add(member);
        member.setReceiveBufferSize(receiveBuffer);
        member.setReusePort(beside || i > 0 || !ipv4);
        member.bind(local);
        member.setReusePort(true);
      }
      if (ipv4) {
        group.guard.setReusePort(true);
        group.bindGuard(local);
      }
      group.spreadBySourcePort(ipv4);
      group.guard.setReusePort(false);
      return group;
    } catch (IOException | RuntimeException e) {
      group.members.forEach(DatagramGroup::close);
      group.close();
      throw e;
    }
  }

  private static LinuxSocket open(boolean ipv4) throws IOException {
    try {
      return LinuxSocket.newSocketDgram(
          ipv4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6);
    } catch (ChannelException e) {
      throw new IOException("socket", e.getCause() == null ? e : e.getCause());
    }
  }

  private void bindGuard(InetSocketAddress local) throws IOException {
    guard.bind(local);
    guard.connect(new InetSocketAddress(local.getAddress(), GUARD_PEER_PORT));
  }

  /**
   * Attaches the rule, as {@code struct sock_fprog} (include/uapi/linux/filter.h). The program sees
   * the payload; what lies before it is reached from the network header (SKF_NET_OFF).
   */
  private void spreadBySourcePort(boolean ipv4) throws IOException {
    int networkHeader = 0xfff00000;
    int[][] program =
        ipv4
            ? new int[][] {
              {0xb1, networkHeader}, // ldx 4*([0]&0xf): the length of the IPv4 header
              {0x48, networkHeader}, // ldh [x+0]: the source port
              {0x24, MIX}, // mul #MIX
              {0x74, MIXED_SHIFT}, // rsh #16
              {0x94, members.size()}, // mod #members
              {0x16, 0} // ret a
            }
            : new int[][] {
              {0x28, networkHeader + 40}, // ldh [40]: the source port behind the IPv6 header
              {0x24, MIX}, // mul #MIX
              {0x74, MIXED_SHIFT}, // rsh #16
              {0x94, members.size()}, // mod #members
              {0x04, 1}, // add #1: the guard, bound first, is the group's first
              {0x16, 0} // ret a
            };
    ByteBuffer instructions = ByteBuffer.allocateDirect(8 * program.length);
    instructions.order(ByteOrder.nativeOrder());
    for (int[] instruction : program) {
      instructions.putShort((short) instruction[0]).putShort((short) 0).putInt(instruction[1]);
    }
    ByteBuffer fprog = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    fprog.putShort(0, (short) program.length).putLong(8, Buffer.memoryAddress(instructions));
    members.get(0).setRawOpt(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, fprog);
  }

  /** Which member gets what comes from a source port. */
  public static int memberOf(int sourcePort, int size) {
    return (sourcePort * MIX >>> MIXED_SHIFT) % size;
  }

  /**
   * The members as channels, in the order of {@link #memberOf}; for {@link #close} by their owner.
   */
  public List<Channel> channels() {
    List<Channel> channels = new ArrayList<>();
    for (LinuxSocket member : members) {
      channels.add(new EpollDatagramChannel(member.intValue()));
    }
    return channels;
  }

  /** Closes the guard: from now on others may have the port, once the members are closed too. */
  public void close() {
    close(guard);
  }

  private static void close(LinuxSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Linux frees the descriptor all the same (close(2)).
    }
  }
}
