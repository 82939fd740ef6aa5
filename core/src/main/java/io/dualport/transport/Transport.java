package io.dualport.transport;

import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDatagramChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.kqueue.KQueueSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The ways to reach the kernel's sockets, and what each can do. */
public enum Transport {
  /** Linux: level-triggered epoll, recvmmsg and sendmmsg. */
  EPOLL,
  /** Linux 5.14 and later: completion queues. Container runtimes often forbid it. */
  IO_URING,
  /** macOS and the BSDs. */
  KQUEUE,
  /** The JDK's selectors; everywhere. */
  NIO;

  static {
    // Netty 4.2.18 arms a multishot accept again at once after EMFILE, paused or not: with a full
    // descriptor table the loop spins (measured: 2.5 million failed accepts a second).
    setUnlessSet("io.netty.iouring.acceptMultiShotEnabled", "false");
    // The allocator's flight recorder events load 100 ms worth of classes at the first message.
    setUnlessSet("io.netty.jfr.enabled", "false");
  }

  /**
   * What {@code auto} tries, in this order; io_uring only on request, as sandboxes often forbid it.
   */
  private static final List<Transport> AUTOMATIC = List.of(EPOLL, KQUEUE, NIO);

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * The name in options and reports: {@code epoll}, {@code io_uring}, {@code kqueue}, {@code nio}.
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All that work on this machine. */
  public static List<Transport> available() {
    return Arrays.stream(values()).filter(Transport::isAvailable).toList();
  }

  public boolean isAvailable() {
    return unavailability() == null;
  }

  /** The best one here. */
  public static Transport automatic() {
    return AUTOMATIC.stream().filter(Transport::isAvailable).findFirst().orElse(NIO);
  }

  /** Why {@link #automatic} chose this one, in a few words. */
  public String automaticReason() {
    String passed =
        AUTOMATIC.stream()
            .takeWhile(t -> t != this)
            .map(t -> t.label() + " is not available here")
            .collect(Collectors.joining(", "));
    return passed.isEmpty() ? "auto: the native transport of this system" : "auto: " + passed;
  }

  /** Why it does not work here, in one line; null if it does. */
  public String unavailability() {
    Throwable cause =
        switch (this) {
          case EPOLL -> Epoll.unavailabilityCause();
          case IO_URING -> IoUring.unavailabilityCause();
          case KQUEUE -> KQueue.unavailabilityCause();
          case NIO -> null;
        };
    if (cause == null) {
      return null;
    }
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse(cause.toString());
  }

  /** What drives an event loop. */
  public IoHandlerFactory ioHandlerFactory() {
    return switch (this) {
      case EPOLL -> EpollIoHandler.newFactory();
      case IO_URING -> IoUringIoHandler.newFactory();
      case KQUEUE -> KQueueIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  /**
   * A listening socket for an address. For an IPv4 address an IPv4 socket, but io_uring has
   * dual-stack ones only; for {@code ::} a dual-stack socket.
   */
  public ChannelFactory<ServerSocketChannel> listeners(InetAddress address) {
    SocketProtocolFamily family = family(address);
    return switch (this) {
      case EPOLL -> () -> new EpollServerSocketChannel(family);
      case IO_URING -> IoUringServerSocketChannel::new;
      case KQUEUE -> KQueueServerSocketChannel::new;
      case NIO -> () -> new NioServerSocketChannel(SelectorProvider.provider(), family);
    };
  }

  /** A connecting socket for an address. */
  public ChannelFactory<SocketChannel> connections(InetAddress address) {
    SocketProtocolFamily family = family(address);
    return switch (this) {
      case EPOLL -> () -> new EpollSocketChannel(family);
      case IO_URING -> IoUringSocketChannel::new;
      case KQUEUE -> () -> new KQueueSocketChannel(family);
      case NIO -> () -> new NioSocketChannel(SelectorProvider.provider(), family);
    };
  }

  /**
   * A datagram socket for an address, which receives every datagram whole; for {@code ::} a
   * dual-stack one.
   */
  public ChannelFactory<DatagramChannel> datagrams(InetAddress address) {
    SocketProtocolFamily family = family(address);
    return () ->
        Datagrams.receiveWhole(
            switch (this) {
              case EPOLL -> new EpollDatagramChannel(family);
              case IO_URING -> new IoUringDatagramChannel(family);
              case KQUEUE -> new KQueueDatagramChannel(family);
              case NIO -> NioDatagrams.open(family);
            });
  }

  /**
   * Whether a datagram on a wildcard socket tells which IPv4 address was dialled (Linux:
   * IP_RECVORIGDSTADDR, ip(7)). Netty reads it on epoll alone, and for IPv6 nowhere.
   */
  public boolean learnsDialledAddress() {
    return this == EPOLL;
  }

  /** Whether {@link DatagramGroup} is to be had: several sockets on one port, and nobody else. */
  public boolean sharesPort() {
    return this == EPOLL;
  }

  /** Whether equal-sized datagrams to one peer can be sent as one (UDP_SEGMENT, udp(7)). */
  public boolean sendsSegments() {
    return this == EPOLL && EpollDatagramChannel.isSegmentedDatagramPacketSupported();
  }

  /** Why {@link #sendsSegments} says no, a clause. */
  public String whyNoSegments() {
    return this == EPOLL
        ? "this kernel has no segmented datagrams (UDP_SEGMENT, Linux 4.18)"
        : "the " + label() + " transport sends no segmented datagrams";
  }

  /**
   * Whether {@link Datagrams#sendEmpty} works on a connected socket. The JDK's does not: its write
   * and send return 0 before they reach the kernel (17 to 25), and to disconnect and connect again
   * throws away what has been received.
   */
  public boolean sendsEmptyWhenConnected() {
    return this != NIO;
  }

  private static SocketProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }
}
