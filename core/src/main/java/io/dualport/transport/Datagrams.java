package io.dualport.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;

/** What datagram sockets need beyond Netty's common options, on every transport. */
public final class Datagrams {
  /**
   * A receive slot no datagram outgrows: the length field of UDP (RFC 768) is 16 bits and counts 8
   * of header, so 65527 is the most, and 65507 over IPv4, whose own length field counts 20 more.
   */
  public static final int SLOT_BYTES = 65536;

  /** The most a datagram can carry over IPv4. */
  public static final int MAX_IPV4_PAYLOAD = 65507;

  /**
   * Datagrams received with one recvmmsg (epoll): 16 slots are 1 MiB, which the allocator still
   * pools.
   */
  static final int SLOTS_PER_READ = 16;

  /** include/uapi/linux/in.h and in6.h. */
  private static final ChannelOption<Integer> IP_RECVERR =
      new IntegerUnixChannelOption("IP_RECVERR", 0, 11);

  private static final ChannelOption<Integer> IPV6_RECVERR =
      new IntegerUnixChannelOption("IPV6_RECVERR", 41, 25);

  private Datagrams() {}

  /** Receives every datagram whole, in batches where the transport has recvmmsg. */
  static DatagramChannel receiveWhole(DatagramChannel channel) {
    boolean batches = channel instanceof EpollDatagramChannel;
    if (batches) {
      channel.config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, SLOT_BYTES);
    }
    int slots = batches ? SLOTS_PER_READ : 1;
    channel.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(slots * SLOT_BYTES));
    return channel;
  }

  /**
   * Makes a wildcard socket tell the dialled IPv4 address; see {@link
   * Transport#learnsDialledAddress}.
   */
  public static void learnDialledAddress(Channel channel) {
    channel.config().setOption(EpollChannelOption.IP_RECVORIGDSTADDR, true);
  }

  /**
   * Sets or clears SO_REUSEPORT (socket(7)). Linux looks at it when the next socket binds, so
   * clearing it on a bound UDP socket closes the port to others again.
   *
   * @throws IOException if this system has no such option
   */
  public static void sharePort(Channel channel, boolean share) throws IOException {
    boolean known =
        channel instanceof UnixChannel
            ? channel.config().setOption(UnixChannelOption.SO_REUSEPORT, share)
            : sharePortThroughJdk(channel, share);
    if (!known) {
      throw new IOException("SO_REUSEPORT is not available on this system");
    }
  }

  /**
   * Whether a connected socket hears every ICMP error or, as by default, only those that the kernel
   * takes for final: not "host unreachable" and "network unreachable" (IP_RECVERR, ip(7);
   * icmp_err_convert in net/ipv4/icmp.c). While it is on, an error that came keeps the socket
   * readable, so switch it off once one was heard.
   *
   * @return false where this transport or system has no such option
   */
  public static boolean hearAllErrors(Channel channel, boolean all) {
    if (!SocketFacts.IS_LINUX || !(channel instanceof UnixChannel)) {
      return false;
    }
    boolean ipv4 =
        ((InetSocketAddress) channel.localAddress()).getAddress() instanceof Inet4Address;
    return channel.config().setOption(ipv4 ? IP_RECVERR : IPV6_RECVERR, all ? 1 : 0);
  }

  /**
   * Receives into the slots of the socket's event loop, where the transport has recvmmsg; elsewhere
   * it stays at one slot a read.
   */
  public static void receiveInto(Channel channel, ReceiveSlots slots) {
    if (channel instanceof EpollDatagramChannel) {
      channel
          .config()
          .setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, ReceiveSlots.STRIDE_BYTES);
      channel.config().setRecvByteBufAllocator(slots);
    }
  }

  /**
   * Lets the kernel hand over neighbours of one size and one peer together (UDP_GRO, udp(7)); Netty
   * takes them apart again. For a socket that received into {@link ReceiveSlots} until now.
   *
   * <p>With recvmmsg(2) Netty 4.2.18 learns the size only where it also asks for the dialled
   * address; otherwise ten datagrams would pass for a large one. So there is no way back: what
   * waits in the socket's queue may be an aggregate.
   */
  public static void receiveAggregates(Channel channel) {
    if (channel instanceof EpollDatagramChannel) {
      learnDialledAddress(channel);
      channel.config().setOption(EpollChannelOption.UDP_GRO, true);
    }
  }

  /**
   * Sends one datagram at once, past the channel's queue, which must be empty; from its event loop.
   *
   * @param bytes not empty; neither released nor read
   * @return false if the kernel takes none now, or this transport sends through its queue alone
   */
  public static boolean send(Channel channel, ByteBuf bytes, InetSocketAddress to)
      throws IOException {
    if (!(channel instanceof EpollDatagramChannel epoll)) {
      return false;
    }
    ByteBuffer nio = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
    return epoll.fd() instanceof Socket socket
        && socket.sendTo(nio, nio.position(), nio.limit(), to.getAddress(), to.getPort()) > 0;
  }

  private static boolean sharePortThroughJdk(Channel channel, boolean share) {
    return channel
            .attr(NioDatagrams.JDK_CHANNEL)
            .get()
            .supportedOptions()
            .contains(StandardSocketOptions.SO_REUSEPORT)
        && channel
            .config()
            .setOption(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), share);
  }

  /**
   * Sends a datagram of no bytes at once. Netty 4.2 reports an empty write as done and sends
   * nothing, so this goes to the socket itself.
   *
   * @param channel connected to {@code to}, or not connected
   * @throws IOException if the kernel refuses, or if the transport cannot; see {@link
   *     Transport#sendsEmptyWhenConnected}
   */
  public static void sendEmpty(Channel channel, InetSocketAddress to) throws IOException {
    if (channel instanceof UnixChannel unix) {
      ByteBuf empty = Unpooled.directBuffer(1);
      try {
        ByteBuffer nothing = empty.internalNioBuffer(0, 0);
        Socket socket = (Socket) unix.fd();
        if (((DatagramChannel) channel).isConnected()) {
          socket.send(nothing, 0, 0); // with an address, BSD says EISCONN
        } else {
          socket.sendTo(nothing, 0, 0, to.getAddress(), to.getPort());
        }
      } finally {
        empty.release();
      }
    } else {
      java.nio.channels.DatagramChannel jdk = channel.attr(NioDatagrams.JDK_CHANNEL).get();
      if (jdk.isConnected()) {
        throw new IOException("the JDK sends no empty datagram from a connected socket");
      }
      jdk.send(ByteBuffer.allocate(0), to);
    }
  }
}
