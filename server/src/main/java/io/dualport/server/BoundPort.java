package io.dualport.server;

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
import java.util.function.IntFunction;

/** One port number bound on both protocols and every asked address: both or none. */
final class BoundPort {
  /** With port 0, how many numbers that were free for TCP may turn out to be taken for UDP. */
  static final int PORT_ZERO_ATTEMPTS = 32;

  private final int port;
  private final StreamSockets streams;
  private final DatagramSockets datagrams;
  private final List<DatagramShard> shards;

  private BoundPort(
      int port, StreamSockets streams, DatagramSockets datagrams, List<DatagramShard> shards) {
    this.port = port;
    this.streams = streams;
    this.datagrams = datagrams;
    this.shards = shards;
  }

  /**
   * What a {@link BoundPort} is made of, given once.
   *
   * @param shards of the datagram half, once the port is known
   */
  record Parts(
      Transport transport,
      ServerSettings settings,
      LocalAddresses local,
      StreamSockets streams,
      IntFunction<List<DatagramShard>> shards) {}

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
      List<DatagramShard> shards = parts.shards.apply(port);
      return new BoundPort(port, parts.streams, bindDatagrams(parts, shards, port), shards);
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

  private static DatagramSockets bindDatagrams(Parts parts, List<DatagramShard> shards, int port)
      throws BindFailure {
    DatagramSockets sockets =
        new DatagramSockets(shards, parts.transport, parts.settings, port, parts.local);
    EventLoop opener = shards.get(0).loop();
    for (InetAddress address : parts.settings.addresses()) {
      Throwable refused =
          onLoop(
              opener,
              () -> {
                try {
                  sockets.bind(address);
                  return null;
                } catch (IOException e) {
                  return e;
                }
              });
      if (refused != null) {
        closeAll(onLoop(opener, sockets::release));
        throw BindFailure.of(Protocol.UDP, new InetSocketAddress(address, port), refused);
      }
    }
    return sockets;
  }

  int port() {
    return port;
  }

  /** Regular work: ends idle flows and closes sockets nobody dials any more. */
  void sweepEvery(long periodMillis, long idleNanos) {
    opener()
        .scheduleWithFixedDelay(
            () -> {
              shards.forEach(shard -> shard.endIdleFlows(idleNanos));
              datagrams.closeIdle(idleNanos, System.nanoTime());
            },
            periodMillis,
            periodMillis,
            TimeUnit.MILLISECONDS);
  }

  private EventLoop opener() {
    return shards.get(0).loop();
  }

  /** Datagrams that the kernel dropped at sockets that were closed as idle; from any thread. */
  long dropsOfClosed() {
    return datagrams.dropsOfClosed();
  }

  /** Closes both halves and waits until the kernel has let go of them. */
  void close() {
    streams.stopListening();
    closeAll(onLoop(opener(), datagrams::release));
  }

  private static void closeAll(List<Channel> channels) {
    List<ChannelFuture> closing = channels.stream().map(Channel::close).toList();
    closing.forEach(ChannelFuture::awaitUninterruptibly);
  }

  private static <T> T onLoop(EventLoop loop, Callable<T> work) {
    return loop.submit(work).syncUninterruptibly().getNow();
  }
}
