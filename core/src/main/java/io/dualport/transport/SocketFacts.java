package io.dualport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says about one open socket. Any thread may ask. */
public final class SocketFacts {
  /** Where the kernel, or this transport, does not tell. */
  public static final long UNKNOWN = -1;

  static final boolean IS_LINUX = System.getProperty("os.name").equals("Linux");

  /** include/uapi/linux/in.h and in6.h. */
  private static final ChannelOption<Integer> IP_MTU =
      new IntegerUnixChannelOption("IP_MTU", 0, 14);

  private static final ChannelOption<Integer> IPV6_MTU =
      new IntegerUnixChannelOption("IPV6_MTU", 41, 24);

  /** include/uapi/asm-generic/socket.h: nine numbers of 32 bits, see sock_diag(7). */
  private static final ChannelOption<ByteBuffer> SO_MEMINFO =
      new RawUnixChannelOption("SO_MEMINFO", 1, 55, 36);

  /** SK_MEMINFO_DROPS of include/uapi/linux/sock_diag.h. */
  private static final int DROPS_OFFSET = 8 * Integer.BYTES;

  /** Where {@code tcpi_rtt} lies in {@code struct tcp_info} (include/uapi/linux/tcp.h). */
  private static final int TCP_INFO_RTT_OFFSET = 68;

  // The same of tcpi_unacked, tcpi_bytes_acked and tcpi_notsent_bytes.
  private static final int TCP_INFO_UNACKED_OFFSET = 24;
  private static final int TCP_INFO_BYTES_ACKED_OFFSET = 120;
  private static final int TCP_INFO_NOTSENT_BYTES_OFFSET = 144;

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_SYN_SENT = 2;
  private static final int TCP_CLOSE = 7;
  private static final String SOCKET_LINK = "socket:[";

  private SocketFacts() {}

  /**
   * The socket's inode as /proc/net shows it (proc(5)); only where the channel has a descriptor.
   */
  public static long inode(Channel channel) {
    return channel instanceof UnixChannel unix ? inode(unix.fd()) : UNKNOWN;
  }

  /** The inode of the socket that this descriptor stands for. */
  public static long inode(FileDescriptor descriptor) {
    if (!Files.isDirectory(Path.of("/proc/self/fd"))) {
      return UNKNOWN;
    }
    try {
      String link =
          Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(descriptor.intValue())))
              .toString();
      return link.startsWith(SOCKET_LINK)
          ? Long.parseLong(link, SOCKET_LINK.length(), link.length() - 1, 10)
          : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /**
   * Datagrams that the kernel dropped at a socket before they were read, as the column of
   * /proc/net/udp shows them; only on a native transport of Linux.
   */
  public static long drops(Channel channel) {
    if (!IS_LINUX || !(channel instanceof UnixChannel)) {
      return UNKNOWN;
    }
    try {
      ByteBuffer told = channel.config().getOption(SO_MEMINFO);
      return told == null
          ? UNKNOWN
          : Integer.toUnsignedLong(told.order(ByteOrder.nativeOrder()).getInt(DROPS_OFFSET));
    } catch (ChannelException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /** The kernel's smoothed round-trip time of a connection in microseconds (TCP_INFO, tcp(7)). */
  public static long rttMicros(Channel channel) {
    try {
      if (channel instanceof EpollSocketChannel epoll) {
        return epoll.tcpInfo(new EpollTcpInfo()).rtt();
      }
      if (channel instanceof IoUringSocketChannel uring) {
        return uring.tcpInfo().rtt();
      }
      return UNKNOWN;
    } catch (ChannelException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /** The same of a connection without a channel, on Linux. */
  public static long rttMicros(Socket connection) {
    ByteBuffer info = ByteBuffer.allocate(TCP_INFO_RTT_OFFSET + Integer.BYTES);
    try {
      connection.getRawOpt(IPPROTO_TCP, TCP_INFO, info);
      return info.order(ByteOrder.nativeOrder()).getInt(TCP_INFO_RTT_OFFSET);
    } catch (IOException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /**
   * What a peer took so far of what the kernel has for it, in bytes (tcpi_bytes_acked of TCP_INFO,
   * tcp(7)); only on a native transport of Linux.
   *
   * @return {@link #UNKNOWN} as well if the kernel has nothing more for it
   */
  public static long takenByPeer(Channel channel) {
    return IS_LINUX && channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket
        ? takenByPeer(socket)
        : UNKNOWN;
  }

  /** The same of a connection without a channel, on Linux. */
  public static long takenByPeer(Socket connection) {
    ByteBuffer info = ByteBuffer.allocate(TCP_INFO_NOTSENT_BYTES_OFFSET + Integer.BYTES);
    try {
      connection.getRawOpt(IPPROTO_TCP, TCP_INFO, info);
    } catch (IOException e) {
      return UNKNOWN; // closed meanwhile
    }
    info.order(ByteOrder.nativeOrder());
    boolean hasMore =
        info.getInt(TCP_INFO_UNACKED_OFFSET) != 0
            || info.getInt(TCP_INFO_NOTSENT_BYTES_OFFSET) != 0;
    return hasMore ? info.getLong(TCP_INFO_BYTES_ACKED_OFFSET) : UNKNOWN;
  }

  /**
   * Segments that the kernel has sent again on a connection (tcpi_total_retrans of TCP_INFO,
   * tcp(7)); what the other side sent again it does not know.
   */
  public static long retransmissions(Channel channel) {
    try {
      if (channel instanceof EpollSocketChannel epoll) {
        return epoll.tcpInfo(new EpollTcpInfo()).totalRetrans();
      }
      if (channel instanceof IoUringSocketChannel uring) {
        return uring.tcpInfo().totalRetrans();
      }
      return UNKNOWN;
    } catch (ChannelException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /** Segments of a connection that were sent and not acknowledged by now (TCP_INFO, tcp(7)). */
  public static long unackedSegments(Channel channel) {
    try {
      if (channel instanceof EpollSocketChannel epoll) {
        return epoll.tcpInfo(new EpollTcpInfo()).unacked();
      }
      if (channel instanceof IoUringSocketChannel uring) {
        return uring.tcpInfo().unacked();
      }
      return UNKNOWN;
    } catch (ChannelException e) {
      return UNKNOWN; // closed meanwhile
    }
  }

  /**
   * Whether a connection came about. Netty 4.2.18 reports a connect over io_uring as done although
   * an ICMP message ended it; the kernel's state (include/net/tcp_states.h) tells.
   */
  public static boolean isConnected(Channel channel) {
    try {
      if (channel instanceof IoUringSocketChannel uring) {
        int state = uring.tcpInfo().state();
        return state != TCP_SYN_SENT && state != TCP_CLOSE;
      }
      return true;
    } catch (ChannelException e) {
      return false; // closed meanwhile
    }
  }

  /**
   * The path MTU in bytes that the kernel holds for a connected socket's destination: of a
   * connection from TCP_INFO (tcp(7)), of a datagram socket IP_MTU (ip(7)) or IPV6_MTU (ipv6(7)).
   * It is the interface's until an ICMP message says less.
   */
  public static int pathMtu(Channel channel) {
    try {
      if (channel instanceof EpollSocketChannel epoll) {
        return (int) epoll.tcpInfo(new EpollTcpInfo()).pmtu();
      }
      if (channel instanceof IoUringSocketChannel uring) {
        return (int) uring.tcpInfo().pmtu();
      }
      if (!IS_LINUX || !(channel instanceof DatagramChannel datagrams)) {
        return (int) UNKNOWN;
      }
      boolean ipv4 = datagrams.localAddress().getAddress() instanceof Inet4Address;
      Integer mtu = channel.config().getOption(ipv4 ? IP_MTU : IPV6_MTU);
      return mtu == null ? (int) UNKNOWN : mtu;
    } catch (ChannelException e) {
      return (int) UNKNOWN; // closed meanwhile, or not connected
    }
  }
}
