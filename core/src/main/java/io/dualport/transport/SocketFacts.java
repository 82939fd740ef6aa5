package io.dualport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel says about one open socket. Call on the channel's event loop, while it is open.
 */
public final class SocketFacts {
  /** Where the kernel, or this transport, does not tell. */
  public static final long UNKNOWN = -1;

  private static final String SOCKET_LINK = "socket:[";

  private SocketFacts() {}

  /**
   * The socket's inode as /proc/net shows it (proc(5)); only where the channel has a descriptor.
   */
  public static long inode(Channel channel) {
    if (!(channel instanceof UnixChannel unix) || !Files.isDirectory(Path.of("/proc/self/fd"))) {
      return UNKNOWN;
    }
    try {
      String link =
          Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(unix.fd().intValue())))
              .toString();
      return link.startsWith(SOCKET_LINK)
          ? Long.parseLong(link, SOCKET_LINK.length(), link.length() - 1, 10)
          : UNKNOWN;
    } catch (IOException e) {
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
}
