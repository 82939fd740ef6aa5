package io.dualport.server;

import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** One port number bound on both protocols and every asked address: both or none. */
final class BoundPort {
  /** With port 0, how many numbers that were free for TCP may turn out to be taken for UDP. */
  static final int PORT_ZERO_ATTEMPTS = 32;

  private final int port;
  private final StreamSockets streams;
  private final DatagramSockets datagrams;
  private final EventLoop datagramLoop;

  private BoundPort(
      int port, StreamSockets streams, DatagramSockets datagrams, EventLoop datagramLoop) {
    this.port = port;
    this.streams = streams;
    this.datagrams = datagrams;
    this.datagramLoop = datagramLoop;
  }

  /** What a {@link BoundPort} is made of, given once. */
  record Parts(
      Transport transport,
      ServerSettings settings,
      LocalAddresses local,
      StreamSockets streams,
      EventLoop datagramLoop,
      FlowTable datagramFlows,
      Stamper stamper,
      Segmentation segmentation) {}

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
    int port = parts.settings.port();
    try {
      for (InetAddress address : parts.settings.addresses()) {
        port = listen(parts.streams, new InetSocketAddress(address, port));
      }
      return new BoundPort(port, parts.streams, bindDatagrams(parts, port), parts.datagramLoop);
    } catch (BindFailure e) {
      parts.streams.stopListening();
      throw e;
    }
  }

  private static int listen(StreamSockets streams, InetSocketAddress wanted) throws BindFailure {
    try {
      return streams.listen(wanted).getPort();
    } catch (IOException e) {
      throw BindFailure.of(Protocol.TCP, wanted, e);
    }
  }

  private static DatagramSockets bindDatagrams(Parts parts, int port) throws BindFailure {
    DatagramSockets sockets =
        new DatagramSockets(
            parts.datagramLoop,
            parts.transport,
            parts.settings,
            parts.datagramFlows,
            parts.stamper,
            parts.segmentation,
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
    streams.stopListening();
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
