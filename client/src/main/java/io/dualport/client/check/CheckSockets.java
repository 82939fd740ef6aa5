package io.dualport.client.check;

import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.time.Duration;

/**
 * Makes the sockets of a check.
 *
 * @param connectTimeout how long a SYN's answer is waited for
 * @param reuseAddress lets a TCP bind pass while an earlier five-tuple of that port is in
 *     TIME_WAIT, so that only the very same one is refused, by connect (socket(7))
 */
record CheckSockets(
    EventLoopGroup group, Transport transport, Duration connectTimeout, boolean reuseAddress) {
  /** The largest datagrams, several of them; Linux cuts it to net.core.rmem_max without a word. */
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  /** A socket that is neither bound nor connected yet. */
  Bootstrap unbound(Protocol protocol, InetAddress local, Inbox inbox) {
    Bootstrap bootstrap = new Bootstrap().group(group).handler(inbox.handler());
    switch (protocol) {
      case TCP -> {
        bootstrap
            .channelFactory(transport.connections(local))
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) connectTimeout.toMillis());
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
}
