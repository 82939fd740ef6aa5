package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.log.OnceAMinute;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Echoes the datagrams of one socket, which is bound to one address: one in, one out, the same
 * bytes, and the reply leaves from the address that was dialled because it leaves from that socket.
 *
 * <p>While the kernel takes no more, this reads no more: what then overflows is the kernel's
 * receive queue, which counts its drops, and never our memory.
 */
final class UdpEchoHandler extends SimpleChannelInboundHandler<DatagramPacket> {
  private static final Logger LOG = LoggerFactory.getLogger(UdpEchoHandler.class);
  private static final OnceAMinute COMPLAINT = new OnceAMinute();

  private final FlowTable flows;
  private final DatagramPolicy policy;
  private final Stamper stamper;
  private final DatagramReplies replies;

  /** With this handler's socket as its destination, and any source. */
  private final FiveTuple anyTuple;

  private final long inode;

  /** The flow of the last datagram that had an entry of its own. */
  private Flow last;

  /** Of the read under way, by {@link System#nanoTime}; 0 between two. */
  private long readNanos;

  private final AtomicLong lastDatagramNanos = new AtomicLong(System.nanoTime());

  /**
   * @param local the address and port of this handler's socket
   * @param inode of the socket, or {@link Flow#UNKNOWN}
   */
  UdpEchoHandler(
      FlowTable flows,
      DatagramPolicy policy,
      Stamper stamper,
      DatagramReplies replies,
      InetSocketAddress local,
      long inode) {
    this.flows = flows;
    this.policy = policy;
    this.stamper = stamper;
    this.replies = replies;
    this.anyTuple = new FiveTuple(Protocol.UDP, local, local);
    this.inode = inode;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
    if (readNanos == 0) {
      readNanos = System.nanoTime();
      lastDatagramNanos.setOpaque(readNanos);
    }
    long now = readNanos;
    FiveTuple tuple = tuple(datagram.sender());
    Counter refusal = policy.refusal(tuple.source(), now);
    if (refusal != null) {
      flows.knownDatagramFlow(tuple).dropped(refusal);
      return;
    }
    Flow flow = flow(tuple);
    ByteBuf bytes = datagram.content();
    flow.received(bytes.readableBytes(), now);
    if (policy.isLoop(tuple, bytes, now)) {
      flow.dropped(Counter.DROPPED_LOOP);
      return;
    }
    stamper.stampDatagram(bytes, tuple, flows.eventLoop());
    if (bytes.isReadable()) {
      replies.add(ctx, flow, tuple.source(), bytes.retain());
    } else {
      replies.addEmpty(ctx, flow, tuple.source());
    }
  }

  /** Datagrams of one peer come in bursts: the tuple of the last one is tried first. */
  private FiveTuple tuple(InetSocketAddress sender) {
    return last != null && last.tuple().source().equals(sender)
        ? last.tuple()
        : anyTuple.from(sender);
  }

  private Flow flow(FiveTuple tuple) {
    if (last == null || last.tuple() != tuple || last.hasEnded()) {
      Flow found = flows.datagramFlow(tuple, inode);
      last = found.tuple() == null ? null : found;
      return found;
    }
    return last;
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    replies.flush(ctx);
    readNanos = 0;
    if (!ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  /** A fault of one datagram; the socket goes on. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    if (COMPLAINT.isDue()) {
      LOG.warn(
          "datagram socket {}: {}; more of it in the next minute is not told",
          ctx.channel().localAddress(),
          fault.toString());
    }
  }

  /** When the last datagram came, by {@link System#nanoTime}; from any thread. */
  long lastDatagramNanos() {
    return lastDatagramNanos.getOpaque();
  }
}
