package io.dualport.server;

import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** One port number bound on both protocols and every asked address: both or none. */
final class BoundPort {
  /** With port 0, how many numbers that were free for TCP may turn out to be taken for UDP. */
  static final int PORT_ZERO_ATTEMPTS = 32;

  private final int port;
  private final List<Channel> listeners;
  private final DatagramSockets datagrams;
  private final EventLoop datagramLoop;

  private BoundPort(
      int port, List<Channel> listeners, DatagramSockets datagrams, EventLoop datagramLoop) {
    this.port = port;
    this.listeners = listeners;
    this.datagrams = datagrams;
    this.datagramLoop = datagramLoop;
  }

  /** What a {@link BoundPort} is made of, given once. */
  record Parts(
      Transport transport,
      ServerSettings settings,
      LocalAddresses local,
      ServerBootstrap listeners,
      EventLoop datagramLoop,
      FlowTable datagramFlows,
      Stamper stamper) {}

  /**
   * Binds TCP first, then UDP on the same number.
   *
   * @throws BindFailure if either protocol is refused; then nothing is bound
   */
  static BoundPort bind(Parts parts) throws BindFailure {
    int attempts = parts.settings.port() == 0 ? PORT_ZERO_ATTEMPTS : 1;
    for (int attempt = 1; ; attempt++) {
      try {
        return bindOnce(parts);
      } catch (BindFailure e) {
        if (attempt >= attempts || !e.isPortTaken()) {
          throw e;
        }
      }
    }
  }

  private static BoundPort bindOnce(Parts parts) throws BindFailure {
    List<Channel> listeners = new ArrayList<>();
    int port = parts.settings.port();
    try {
      for (InetAddress address : parts.settings.addresses()) {
        InetSocketAddress wanted = new InetSocketAddress(address, port);
        listeners.add(listen(parts, wanted));
        port = ((InetSocketAddress) listeners.get(0).localAddress()).getPort();
      }
      return new BoundPort(port, listeners, bindDatagrams(parts, port), parts.datagramLoop);
    } catch (BindFailure e) {
      closeAll(listeners);
      throw e;
    }
  }

  private static Channel listen(Parts parts, InetSocketAddress wanted) throws BindFailure {
    ChannelFuture bound =
        parts
            .listeners
            .clone()
            .channelFactory(parts.transport.listeners(wanted.getAddress()))
            .option(ChannelOption.SO_REUSEADDR, true)
            .bind(wanted)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw BindFailure.of(Protocol.TCP, wanted, bound.cause());
    }
    return bound.channel();
  }

  private static DatagramSockets bindDatagrams(Parts parts, int port) throws BindFailure {
    DatagramSockets sockets =
        new DatagramSockets(
            parts.datagramLoop,
            parts.transport,
            parts.settings,
            parts.datagramFlows,
            parts.stamper,
            port,
            parts.local);
    for (InetAddress address : parts.settings.addresses()) {
      Throwable refused =
          onLoop(
              parts.datagramLoop,
              () -> {
                try {
                  sockets.bind(address);
                  return null;
                } catch (IOException e) {
                  return e;
                }
              });
      if (refused != null) {
        closeAll(onLoop(parts.datagramLoop, sockets::channels));
        throw BindFailure.of(Protocol.UDP, new InetSocketAddress(address, port), refused);
      }
    }
    return sockets;
  }

  int port() {
    return port;
  }

  /**
   * Regular work of the datagram loop: ends idle flows and closes sockets nobody dials any more.
   */
  void sweepEvery(long periodMillis, FlowTable flows, long idleNanos) {
    datagramLoop.scheduleWithFixedDelay(
        () -> {
          long now = System.nanoTime();
          flows.endIdleDatagramFlows(idleNanos, now);
          datagrams.closeIdle(idleNanos, now);
        },
        periodMillis,
        periodMillis,
        TimeUnit.MILLISECONDS);
  }

  /** Datagrams that the kernel dropped at sockets that were closed as idle; from any thread. */
  long dropsOfClosed() {
    return datagrams.dropsOfClosed();
  }

  /** Closes both halves and waits until the kernel has let go of them. */
  void close() {
    closeAll(listeners);
    closeAll(onLoop(datagramLoop, datagrams::channels));
  }

  private static void closeAll(List<Channel> channels) {
    List<ChannelFuture> closing = channels.stream().map(Channel::close).toList();
    closing.forEach(ChannelFuture::awaitUninterruptibly);
  }

  private static <T> T onLoop(EventLoop loop, Callable<T> work) {
    return loop.submit(work).syncUninterruptibly().getNow();
  }
}
