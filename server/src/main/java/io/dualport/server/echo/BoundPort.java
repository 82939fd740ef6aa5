package io.dualport.server.echo;

import io.dualport.flow.Protocol;
import io.dualport.kernel.LocalAddresses;
import io.dualport.report.Words;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;

/** One port number bound on both protocols and every asked address: both or none. */
final class BoundPort {
  /** With port 0, how many numbers that were free for TCP may turn out to be taken for UDP. */
  static final int PORT_ZERO_ATTEMPTS = 32;

  /** How long a stop waits for the event loops to close the port's sockets. */
  private static final long CLOSED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final int port;
  private final StreamSockets streams;
  private final DatagramSockets datagrams;
  private final List<DatagramShard> shards;
  private volatile long sweptNanos;

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
   * @param inherited what is bound already, in place of the settings' port and addresses
   * @param shards of the datagram half, once the port is known
   */
  record Parts(
      Transport transport,
      ServerSettings settings,
      Optional<InheritedSockets> inherited,
      LocalAddresses local,
      StreamSockets streams,
      IntFunction<List<DatagramShard>> shards) {}

  /**
   * Binds TCP first, then UDP on the same number; or serves what is bound already.
   *
   * @throws BindFailure if either protocol is refused; then nothing is bound
   */
  static BoundPort bind(Parts parts) throws BindFailure {
    int attempts = parts.inherited.isEmpty() && parts.settings.port() == 0 ? PORT_ZERO_ATTEMPTS : 1;
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
    try {
      int port = listen(parts);
      List<DatagramShard> shards = parts.shards.apply(port);
      return new BoundPort(port, parts.streams, openDatagrams(parts, shards, port), shards);
    } catch (BindFailure e) {
      awaitAll(parts.streams.stopListening(), System.nanoTime() + CLOSED_NANOS);
      throw e;
    }
  }

  private static int listen(Parts parts) throws BindFailure {
    if (parts.inherited.isPresent()) {
      for (InheritedSocket socket : parts.inherited.get().of(Protocol.TCP)) {
        adopt(parts.streams, socket);
      }
      return parts.inherited.get().port();
    }
    int port = parts.settings.port();
    for (InetAddress address : parts.settings.addresses()) {
      port = listen(parts.streams, new InetSocketAddress(address, port));
    }
    return port;
  }

  private static void adopt(StreamSockets streams, InheritedSocket socket) throws BindFailure {
    try {
      streams.adopt(socket);
    } catch (IOException e) {
      throw BindFailure.ofInherited(socket.label() + ": " + BindFailure.reason(e));
    }
  }

  private static int listen(StreamSockets streams, InetSocketAddress wanted) throws BindFailure {
    try {
      return streams.listen(wanted).getPort();
    } catch (IOException e) {
      throw BindFailure.of(Protocol.TCP, wanted, e);
    }
  }

  private static DatagramSockets openDatagrams(Parts parts, List<DatagramShard> shards, int port)
      throws BindFailure {
    DatagramSockets sockets =
        new DatagramSockets(shards, parts.transport, parts.settings, port, parts.local);
    EventLoop opener = shards.get(0).loop();
    try {
      if (parts.inherited.isPresent()) {
        for (InheritedSocket socket : parts.inherited.get().of(Protocol.UDP)) {
          open(opener, () -> sockets.adopt(socket), refused -> cannotAdopt(socket, refused));
        }
      } else {
        for (InetAddress address : parts.settings.addresses()) {
          open(
              opener,
              () -> sockets.bind(address),
              refused ->
                  BindFailure.of(Protocol.UDP, new InetSocketAddress(address, port), refused));
        }
      }
      return sockets;
    } catch (BindFailure e) {
      release(sockets, opener, System.nanoTime() + CLOSED_NANOS);
      throw e;
    }
  }

  private static BindFailure cannotAdopt(InheritedSocket socket, IOException refused) {
    return BindFailure.ofInherited(
        Words.format(
            "%s is %s: replies leave from the dialled address only if each address has a socket of"
                + " its own, and one beside this wildcard is refused, as it is of another user or"
                + " below the first free port: %s; name each address in ListenStream= and"
                + " ListenDatagram=",
            socket.label(), socket.address(), BindFailure.reason(refused)));
  }

  /** What may be refused by the kernel. */
  private interface Opening {
    void run() throws IOException;
  }

  private static void open(
      EventLoop opener, Opening opening, Function<IOException, BindFailure> failure)
      throws BindFailure {
    IOException refused =
        onLoop(
            opener,
            () -> {
              try {
                opening.run();
                return null;
              } catch (IOException e) {
                return e;
              }
            });
    if (refused != null) {
      throw failure.apply(refused);
    }
  }

  int port() {
    return port;
  }

  /**
   * Regular work: ends idle flows and closes sockets nobody dials any more. By how much it comes
   * late, nobody was idle: the process slept, and what came meanwhile waits in the kernel.
   */
  void sweepEvery(long periodMillis, long idleNanos) {
    long periodNanos = TimeUnit.MILLISECONDS.toNanos(periodMillis);
    sweptNanos = System.nanoTime();
    opener()
        .scheduleWithFixedDelay(
            () -> {
              long now = System.nanoTime();
              long late = Math.max(0, now - sweptNanos - periodNanos);
              sweptNanos = now;
              shards.forEach(shard -> shard.endIdleFlows(idleNanos + late));
              datagrams.followAddresses();
              datagrams.closeIdle(idleNanos + late, now);
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

  /**
   * Closes both halves and waits until the kernel has let go of them, but not for ever for a loop
   * that does not come to it.
   */
  void close() {
    long deadlineNanos = System.nanoTime() + CLOSED_NANOS;
    awaitAll(streams.stopListening(), deadlineNanos);
    release(datagrams, opener(), deadlineNanos);
  }

  private static void release(DatagramSockets sockets, EventLoop opener, long deadlineNanos) {
    Future<List<Channel>> released = opener.submit(sockets::release);
    awaitAll(List.of(released), deadlineNanos);
    if (released.isSuccess()) {
      awaitAll(released.getNow().stream().map(Channel::close).toList(), deadlineNanos);
    }
  }

  private static void awaitAll(List<? extends Future<?>> done, long deadlineNanos) {
    for (Future<?> each : done) {
      each.awaitUninterruptibly(
          Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
  }

  private static <T> T onLoop(EventLoop loop, Callable<T> work) {
    return loop.submit(work).syncUninterruptibly().getNow();
  }
}
