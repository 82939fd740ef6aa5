package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.log.OnceAMinute;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wildcard socket never replies: the kernel would choose the source address. It holds the port
 * on every address, and passes each datagram on to the socket that is bound to the dialled address,
 * which is opened the first time the address is seen. Without such a socket there is no reply.
 */
final class UdpWildcardHandler extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final Logger LOG = LoggerFactory.getLogger(UdpWildcardHandler.class);
  private static final OnceAMinute COMPLAINT = new OnceAMinute();

  private final DatagramShard shard;
  private final DatagramSockets sockets;
  private final Set<Channel> passedTo = new LinkedHashSet<>();

  UdpWildcardHandler(DatagramShard shard, DatagramSockets sockets) {
    this.shard = shard;
    this.sockets = sockets;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
    InetAddress dialled = datagram.recipient() == null ? null : datagram.recipient().getAddress();
    if (dialled != null && shard.policy().isGroup(dialled)) {
      drop(Counter.DROPPED_GROUP_DESTINATION);
      return;
    }
    Channel bound =
        dialled == null || dialled.isAnyLocalAddress()
            ? null
            : sockets.boundTo(dialled, datagram.sender());
    if (bound == null) {
      sockets.lookForNewAddresses();
      drop(Counter.DROPPED_NO_SOCKET_FOR_DESTINATION);
      return;
    }
    datagram.retain();
    if (bound.eventLoop() == ctx.channel().eventLoop()) {
      passedTo.add(bound);
      bound.pipeline().fireChannelRead(datagram);
    } else {
      bound
          .eventLoop()
          .execute(() -> bound.pipeline().fireChannelRead(datagram).fireChannelReadComplete());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    passedTo.forEach(bound -> bound.pipeline().fireChannelReadComplete());
    passedTo.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    if (COMPLAINT.isDue()) {
      LOG.warn(
          "wildcard datagram socket {}: {}; more of it in the next minute is not told",
          ctx.channel().localAddress(),
          fault.toString());
    }
  }

  private void drop(Counter reason) {
    shard.flows().withoutEntry(Protocol.UDP).dropped(reason);
  }
}
