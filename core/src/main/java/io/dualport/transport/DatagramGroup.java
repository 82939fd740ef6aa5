package io.dualport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Buffer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Datagram sockets that share one address and port among themselves and with nobody else (Linux).
 *
 * <p>SO_REUSEPORT spreads datagrams over all sockets that have it (socket(7)), and lets any later
 * program of the same user join. Cleared after the bind it keeps others out, but then the kernel
 * gives every datagram to one socket. So there is one socket more, the guard: without the option,
 * where the kernel looks first for a conflict, every newcomer conflicts with it; connected to its
 * own address and port, it matches no datagram but what is forged to come from there.
 *
 * <p>Where it looks first: an IPv4 socket goes to the head of the kernel's list, so the guard is
 * bound last; a sharing IPv6 socket goes to its tail, so the guard is bound first (udp_lib_get_port
 * and udp_lib_lport_inuse in net/ipv4/udp.c, where the check ends at the first socket that also
 * shares).
 *
 * <p>Which member gets a datagram is a rule one can read: the source port, mixed, modulo the number
 * of members (SO_ATTACH_REUSEPORT_CBPF). So a five-tuple stays with one member.
 *
 * <p>On IPv6 a socket more may be set apart, for what came over a wire with a source that is this
 * host's own: the rule sees the device that a datagram came in by (SKF_AD_HATYPE), which no socket
 * tells of one that is not link-local.
 */
public final class DatagramGroup {
  /**
   * Linux gives connecting TCP sockets even ports, and who pairs UDP with them has even ones, too;
   * a NAT may deal out blocks. 2^32 over the golden ratio spreads them all (Knuth, TAOCP 3, 6.4).
   */
  private static final int MIX = 0x9E3779B1;

  private static final int MIXED_SHIFT = 16;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_REUSEPORT_CBPF = 51;

  /** Of this host, that are looked for: the kernel bounds the length of a program. */
  private static final int MOST_OWN_ADDRESSES = 128;

  // Classic BPF: include/uapi/linux/bpf_common.h and filter.h.
  private static final int LOAD_WORD = 0x20;
  private static final int JUMP = 0x05;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int NETWORK_HEADER = 0xfff00000; // SKF_NET_OFF
  private static final int DEVICE_TYPE = 0xfffff000 + 28; // SKF_AD_OFF + SKF_AD_HATYPE
  private static final int ARPHRD_LOOPBACK = 772; // include/uapi/linux/if_arp.h
  private static final int IPV6_SOURCE = NETWORK_HEADER + 8;

  private final List<LinuxSocket> members = new ArrayList<>();
  private final LinuxSocket guard;

  /** The last of the kernel's group, or null. */
  private LinuxSocket apart;

  private DatagramGroup(LinuxSocket guard) {
    this.guard = guard;
  }

  /**
   * Binds a group.
   *
   * @param size members, at least 2, or 1 with {@code setApart}
   * @param setApart addresses of this host: what comes from them over a wire goes to {@link
   *     #apart}; null for an address of IPv4 or loopback, where the kernel lets none in
   * @param beside whether a socket that shares just now has the same port on a wildcard; otherwise
   *     the bind fails if anybody else has the port there, sharing or not
   * @param receiveBuffer bytes asked for each member (SO_RCVBUF)
   * @throws IOException with the kernel's error; nothing is left open then
   */
  public static DatagramGroup bind(
      InetSocketAddress local,
      int size,
      boolean beside,
      int receiveBuffer,
      Collection<InetAddress> setApart)
      throws IOException {
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
      if (setApart != null) {
        group.apart = open(false);
        group.apart.setReusePort(true);
        group.apart.bind(local);
      }
      group.spread(ipv4, setApart == null ? List.of() : setApart);
      group.guard.setReusePort(false);
      return group;
    } catch (IOException | RuntimeException e) {
      group.members.forEach(DatagramGroup::close);
      if (group.apart != null) {
        close(group.apart);
      }
      close(group.guard);
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
    guard.connect(local);
  }

  /**
   * Sets apart what comes over a wire from other addresses than until now.
   *
   * @param addresses of this host now
   */
  public void setApart(Collection<InetAddress> addresses) throws IOException {
    if (apart != null) {
      spread(false, addresses);
    }
  }

  /**
   * Attaches the rule, as {@code struct sock_fprog} (include/uapi/linux/filter.h). The program sees
   * the payload; what lies before it is reached from the network header.
   */
  private void spread(boolean ipv4, Collection<InetAddress> own) throws IOException {
    List<int[]> program = new ArrayList<>();
    if (apart != null) {
      setApart(program, own);
    }
    if (ipv4) {
      program.add(instruction(0xb1, NETWORK_HEADER)); // ldx 4*([0]&0xf): the IPv4 header's length
      program.add(instruction(0x48, NETWORK_HEADER)); // ldh [x+0]: the source port
    } else {
      program.add(instruction(0x28, NETWORK_HEADER + 40)); // ldh [40]: behind the IPv6 header
    }
    program.add(instruction(0x24, MIX)); // mul
    program.add(instruction(0x74, MIXED_SHIFT)); // rsh
    program.add(instruction(0x94, members.size())); // mod
    if (!ipv4) {
      program.add(instruction(0x04, 1)); // add: the guard, bound first, is the group's first
    }
    program.add(instruction(0x16, 0)); // ret a
    attach(program);
  }

  /** Unless the device is loopback, compares the source with each address. */
  private void setApart(List<int[]> program, Collection<InetAddress> own) {
    List<byte[]> addresses =
        own.stream()
            .filter(address -> address instanceof Inet6Address && !address.isLoopbackAddress())
            .limit(MOST_OWN_ADDRESSES)
            .map(InetAddress::getAddress)
            .toList();
    int words = 4;
    int each = 2 * words + 1;
    program.add(instruction(LOAD_WORD, DEVICE_TYPE));
    program.add(jumpIfEqual(ARPHRD_LOOPBACK, 0, 1));
    program.add(instruction(JUMP, addresses.size() * each));
    for (byte[] address : addresses) {
      ByteBuffer bytes = ByteBuffer.wrap(address);
      for (int word = 0; word < words; word++) {
        program.add(instruction(LOAD_WORD, IPV6_SOURCE + Integer.BYTES * word));
        program.add(jumpIfEqual(bytes.getInt(), 0, each - 2 * (word + 1)));
      }
      program.add(instruction(RETURN, 1 + members.size()));
    }
  }

  /** Code, jump lengths and operand, as {@code struct sock_filter} has them. */
  private static int[] instruction(int code, int operand) {
    return new int[] {code, 0, 0, operand};
  }

  private static int[] jumpIfEqual(int operand, int then, int otherwise) {
    return new int[] {JUMP_IF_EQUAL, then, otherwise, operand};
  }

  private void attach(List<int[]> program) throws IOException {
    ByteBuffer instructions = ByteBuffer.allocateDirect(8 * program.size());
    instructions.order(ByteOrder.nativeOrder());
    for (int[] one : program) {
      instructions.putShort((short) one[0]).put((byte) one[1]).put((byte) one[2]);
      instructions.putInt(one[3]);
    }
    ByteBuffer fprog = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    fprog.putShort(0, (short) program.size()).putLong(8, Buffer.memoryAddress(instructions));
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

  /**
   * What came over a wire from an address of this host, as a channel; null if none is set apart.
   */
  public Channel apart() {
    return apart == null ? null : new EpollDatagramChannel(apart.intValue());
  }

  /**
   * Closes the guard, before the members are closed: they share no more, so they keep others out
   * until the last of them is closed too.
   */
  public void close() {
    members.forEach(DatagramGroup::shareNoMore);
    if (apart != null) {
      shareNoMore(apart);
    }
    close(guard);
  }

  private static void shareNoMore(LinuxSocket socket) {
    try {
      socket.setReusePort(false);
    } catch (IOException e) {
      // Never of an open socket.
    }
  }

  private static void close(LinuxSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Linux frees the descriptor all the same (close(2)).
    }
  }
}
