package io.dualport.client.check;

import io.dualport.transport.Datagrams;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Two sockets on one port. The connected one sends, and hears what comes from the address that was
 * dialled and the ICMP errors on the way there (udp(7)). The kernel never shows it a datagram from
 * anywhere else: the unconnected one beside it hears those, which is how a server that answers from
 * the wrong address is found out.
 */
final class DatagramPair implements AutoCloseable {
  private final Channel connected;
  private final Channel unconnected;
  private final boolean hearsEveryError;

  private DatagramPair(Channel connected, Channel unconnected) {
    this.connected = connected;
    this.unconnected = unconnected;
    this.hearsEveryError = Datagrams.hearAllErrors(connected, true);
  }

  /**
   * Connects a bound socket and puts an unconnected one beside it. SO_REUSEPORT is set for the
   * moment of the bind alone, so nobody else can join the port.
   *
   * @param bound closed with the pair
   * @param another makes a socket like it, not yet bound
   * @throws IOException if it cannot be connected; {@code bound} is closed
   */
  static DatagramPair of(Channel bound, Bootstrap another, InetSocketAddress remote)
      throws IOException {
    Channel beside = beside(bound, another);
    ChannelFuture connecting = bound.connect(remote).awaitUninterruptibly();
    DatagramPair pair = new DatagramPair(bound, beside);
    if (!connecting.isSuccess()) {
      pair.close();
      throw new IOException("cannot connect a datagram socket", connecting.cause());
    }
    return pair;
  }

  /** Null where the system cannot share a port. */
  private static Channel beside(Channel bound, Bootstrap another) {
    Channel beside = null;
    try {
      Datagrams.sharePort(bound, true);
      ChannelFuture registered = another.register().awaitUninterruptibly();
      beside = registered.channel();
      if (!registered.isSuccess()) {
        return null;
      }
      Datagrams.sharePort(beside, true);
      boolean isBound = beside.bind(bound.localAddress()).awaitUninterruptibly().isSuccess();
      Datagrams.sharePort(bound, false);
      if (isBound) {
        Datagrams.sharePort(beside, false);
        return beside;
      }
    } catch (IOException noSuchOption) {
      // one socket alone, then
    }
    if (beside != null) {
      beside.close().awaitUninterruptibly();
    }
    return null;
  }

  /** Whether a reply from another address would be heard. */
  boolean hearsAnySource() {
    return unconnected != null;
  }

  /** Whether every ICMP error is heard, or only "port unreachable" and "prohibited". */
  boolean hearsEveryError() {
    return hearsEveryError;
  }

  Channel connected() {
    return connected;
  }

  /**
   * A datagram that was handed to the kernel.
   *
   * @param nanos when ({@link System#nanoTime})
   * @param refusal why the kernel did not take it; null if it did
   */
  record Departure(long nanos, Throwable refusal) {}

  /**
   * Sends, and waits until the kernel took it. The event loop looks at the clock, as on arrival.
   */
  Departure send(ByteBuf message) {
    CompletableFuture<Departure> departure = new CompletableFuture<>();
    connected
        .eventLoop()
        .execute(
            () -> {
              long now = System.nanoTime();
              connected
                  .writeAndFlush(message)
                  .addListener(done -> departure.complete(new Departure(now, done.cause())));
            });
    return departure.join();
  }

  /**
   * From now on only final errors are heard; see {@link Datagrams#hearAllErrors}. While the sizes
   * are tried, "fragmentation needed" is no end.
   */
  void hearFinalErrorsOnly() {
    Datagrams.hearAllErrors(connected, false);
  }

  @Override
  public void close() {
    connected.close().awaitUninterruptibly();
    if (unconnected != null) {
      unconnected.close().awaitUninterruptibly();
    }
  }
}
