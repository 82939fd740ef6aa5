package io.dualport.server.echo;

import io.dualport.flow.Flow;
import io.dualport.flow.Protocol;
import io.dualport.kernel.SocketRow;
import io.dualport.kernel.SocketTable;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.DatagramGroup;
import io.dualport.transport.Datagrams;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Opens datagram sockets, binds them to the port and has the shards serve them. For the first
 * shard's event loop.
 */
final class DatagramBinder {
  private final List<DatagramShard> shards;
  private final Transport transport;
  private final int receiveBuffer;
  private final int port;
  private final boolean guard;

  /**
   * @param shards one, or as many as share each address
   */
  DatagramBinder(
      List<DatagramShard> shards, Transport transport, ServerSettings settings, int port) {
    this.shards = shards;
    this.transport = transport;
    this.receiveBuffer = settings.udpReceiveBuffer();
    this.port = port;
    this.guard = settings.guard();
  }

  /** Opens a wildcard socket, which nobody serves yet. */
  WildcardSocket bindWildcard(InetAddress address) throws IOException {
    return new WildcardSocket(open(address, false), address);
  }

  /**
   * Opens what serves one address.
   *
   * @param beside whether a wildcard of ours shares the port just now
   * @param own addresses of this machine
   * @throws IOException with the kernel's error; nothing is left open then
   */
  BoundAddress bind(InetAddress address, boolean beside, Collection<InetAddress> own)
      throws IOException {
    if (shards.size() > 1 || isSetApart(address)) {
      return bindGroup(address, beside, own);
    }
    Channel channel = open(address, beside);
    if (beside) {
      Datagrams.sharePort(channel, false);
    }
    return serve(channel);
  }

  /** Takes over a bound socket, as it is: its receive buffer is what its owner gave it. */
  Channel adopt(InheritedSocket inherited) throws IOException {
    Channel channel = new EpollDatagramChannel(inherited.descriptor());
    first().prepare(channel);
    if (inherited.local().getAddress().isAnyLocalAddress()) {
      Datagrams.learnDialledAddress(channel);
    }
    finish(first().loop().register(channel));
    return channel;
  }

  /** Has the first shard serve the one socket of an address. */
  BoundAddress serve(Channel channel) throws IOException {
    InetSocketAddress local = (InetSocketAddress) channel.localAddress();
    UdpEchoHandler handler = first().serve(channel, local, inode(channel));
    return new BoundAddress(local.getAddress(), List.of(handler), List.of(channel), null);
  }

  /** Whether a source that is this machine's own is looked at for where it came from. */
  boolean isSetApart(InetAddress address) {
    return guard
        && transport.sharesPort()
        && address instanceof Inet6Address
        && !address.isLoopbackAddress();
  }

  /** Bound at once; each member then begins to read on its own loop. */
  private BoundAddress bindGroup(InetAddress address, boolean beside, Collection<InetAddress> own)
      throws IOException {
    DatagramGroup group =
        DatagramGroup.bind(
            new InetSocketAddress(address, port),
            shards.size(),
            beside,
            receiveBuffer,
            isSetApart(address) ? own : null);
    List<Channel> channels = group.channels();
    List<UdpEchoHandler> handlers = new ArrayList<>();
    for (int i = 0; i < shards.size(); i++) {
      Channel channel = channels.get(i);
      InetSocketAddress local = (InetSocketAddress) channel.localAddress();
      shards.get(i).prepare(channel);
      handlers.add(shards.get(i).serve(channel, local, SocketFacts.inode(channel)));
      shards.get(i).loop().register(channel);
    }
    Channel apart = group.apart();
    if (apart != null) {
      channels.add(apart);
      first().prepare(apart);
      apart.pipeline().addLast(new OwnAddressHandler(first().flows()));
      first().loop().register(apart);
    }
    return new BoundAddress(address, handlers, channels, group);
  }

  /** One channel on the first loop. */
  private Channel open(InetAddress address, boolean beside) throws IOException {
    Channel channel = newChannel(address);
    channel.config().setOption(ChannelOption.SO_RCVBUF, receiveBuffer);
    first().prepare(channel);
    if (address.isAnyLocalAddress() && transport.learnsDialledAddress()) {
      Datagrams.learnDialledAddress(channel);
    }
    if (beside) {
      Datagrams.sharePort(channel, true);
    }
    try {
      finish(first().loop().register(channel));
      finish(channel.bind(new InetSocketAddress(address, port)));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private Channel newChannel(InetAddress address) throws IOException {
    try {
      return transport.datagrams(address).newChannel();
    } catch (ChannelException e) {
      throw new IOException("no datagram socket", e); // as with a full descriptor table
    }
  }

  private DatagramShard first() {
    return shards.get(0);
  }

  /** On the channel's own loop register and bind are done when they return. */
  private static void finish(ChannelFuture step) throws IOException {
    if (step.cause() instanceof IOException refused) {
      throw refused;
    }
    if (!step.isSuccess()) {
      throw new IOException("datagram socket not ready", step.cause());
    }
  }

  /** Asked of the descriptor where there is one, else looked up in the kernel's table. */
  private long inode(Channel channel) throws IOException {
    long inode = SocketFacts.inode(channel);
    if (inode != SocketFacts.UNKNOWN || !SocketTable.available()) {
      return inode;
    }
    InetAddress address = ((InetSocketAddress) channel.localAddress()).getAddress();
    return SocketTable.read().onLocalPort(port).stream()
        .filter(row -> row.protocol() == Protocol.UDP && row.local().getAddress().equals(address))
        .mapToLong(SocketRow::inode)
        .findFirst()
        .orElse(Flow.UNKNOWN);
  }
}
