package io.dualport.client.send;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Zones;
import io.dualport.transport.Datagrams;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.concurrent.TimeUnit;

/**
 * Makes and connects the sockets that exchanges run on.
 *
 * @param reuseAddress lets a TCP bind pass while an earlier five-tuple of that port is in
 *     TIME_WAIT, so that only the very same one is refused, by connect (socket(7))
 */
record ExchangeSockets(EventLoopGroup group, Transport transport, boolean reuseAddress) {
  /**
   * A window of the largest datagrams with the kernel's overhead, so that what we are too slow to
   * read is not reported as lost on the way. Linux cuts it to net.core.rmem_max without a word.
   */
  private static final int RECEIVE_BUFFER_BYTES = 2 * Flight.WINDOW * Datagrams.SLOT_BYTES;

  /** A socket that is neither bound nor connected yet. */
  Bootstrap unbound(Protocol protocol, InetAddress local, long connectTimeoutNanos) {
    // The exchange joins the pipeline at connect, when both addresses are known.
    Bootstrap bootstrap = new Bootstrap().group(group).handler(new ChannelHandlerAdapter() {});
    switch (protocol) {
      case TCP -> {
        bootstrap
            .channelFactory(transport.connections(local))
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) TimeUnit.NANOSECONDS.toMillis(connectTimeoutNanos));
        if (reuseAddress) {
          bootstrap.option(ChannelOption.SO_REUSEADDR, true);
        }
      }
      case UDP ->
          bootstrap
              .channelFactory(transport.datagrams(local))
              .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    }
    return bootstrap;
  }

  /**
   * Connects a socket; the exchange begins, or ends, when that is done. One that is not bound gets
   * its source with that.
   */
  void connect(Exchange exchange, Channel bound) {
    InetSocketAddress remote = exchange.diagnosis.remote();
    Protocol protocol = exchange.diagnosis.protocol();
    boolean mustStayUnconnected =
        protocol == Protocol.UDP
            && exchange.plan.size() == 0
            && !transport.sendsEmptyWhenConnected();
    bound
        .eventLoop()
        .execute(
            () -> {
              exchange.adopt(bound, tuple(protocol, bound, remote));
              bound.pipeline().addLast(exchange);
              ChannelFuture connected =
                  mustStayUnconnected ? bound.newSucceededFuture() : bound.connect(remote);
              connected.addListener(
                  done -> {
                    if (!done.isSuccess()) {
                      exchange.notConnected(done.cause());
                    } else if (protocol == Protocol.TCP && !SocketFacts.isConnected(bound)) {
                      exchange.notConnected(new NoRouteToHostException()); // io_uring says it is
                    } else {
                      exchange.adopt(bound, tuple(protocol, bound, remote));
                      exchange.begin();
                    }
                  });
            });
  }

  /** Null before the socket has a source. */
  private static FiveTuple tuple(Protocol protocol, Channel socket, InetSocketAddress remote) {
    InetSocketAddress source = (InetSocketAddress) socket.localAddress();
    return source == null || source.getPort() == 0
        ? null
        : new FiveTuple(protocol, Zones.named(source), remote);
  }
}
