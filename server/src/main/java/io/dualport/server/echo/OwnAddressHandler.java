package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;

/**
 * Counts what came over a wire from an address of this host, and answers none of it. Such a
 * datagram has no entry: the five-tuple it names may be that of an honest program beside us.
 */
final class OwnAddressHandler extends SimpleChannelInboundHandler<DatagramPacket> {
  private final FlowTable flows;

  OwnAddressHandler(FlowTable flows) {
    this.flows = flows;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket forged) {
    flows.withoutEntry(Protocol.UDP).dropped(Counter.DROPPED_OWN_ADDRESS);
  }
}
