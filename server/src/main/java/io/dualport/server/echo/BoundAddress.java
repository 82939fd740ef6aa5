package io.dualport.server.echo;

import io.dualport.transport.DatagramGroup;
import io.dualport.transport.SocketFacts;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;

/**
 * The datagram sockets of one address: one, or as many as there are shards, of which the source
 * port chooses.
 *
 * @param address that they are bound to
 * @param handlers one for each shard
 * @param channels in the order of the handlers, and perhaps one more for what is set apart
 * @param group what keeps others out; null where there is one socket
 */
record BoundAddress(
    InetAddress address,
    List<UdpEchoHandler> handlers,
    List<Channel> channels,
    DatagramGroup group) {

  /** The socket that serves this peer, on the loop that has its five-tuple. */
  Channel serving(InetSocketAddress peer) {
    return channels.get(DatagramGroup.memberOf(peer.getPort(), handlers.size()));
  }

  /** The machine has these addresses now, and no other. */
  void setApart(Collection<InetAddress> own) throws IOException {
    if (group != null) {
      group.setApart(own);
    }
  }

  /** By {@link System#nanoTime}. */
  long lastDatagramNanos() {
    return handlers.stream().mapToLong(UdpEchoHandler::lastDatagramNanos).max().orElseThrow();
  }

  /** Datagrams that the kernel dropped at them, as far as it tells. */
  long drops() {
    return channels.stream().mapToLong(channel -> Math.max(0, SocketFacts.drops(channel))).sum();
  }

  /** Gives the address up: the sockets are left for the caller to close, and shared no more. */
  List<Channel> release() {
    if (group != null) {
      group.close();
    }
    return channels;
  }

  void close() {
    release().forEach(Channel::close);
  }
}
