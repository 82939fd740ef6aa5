package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Counters;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.transport.SocketFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.nio.AbstractNioChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Echoes one connection: every byte back, in order, until the peer's FIN; then what is still
 * pending, then our FIN. While the peer does not read, this does not read either, so a connection's
 * memory is bounded by one read and the write buffer's high-water mark, and that of all connections
 * together by {@link PendingBytes}.
 */
final class TcpEchoHandler extends ChannelInboundHandlerAdapter implements PendingBytes.Holder {
  private static final Logger LOG = LoggerFactory.getLogger(TcpEchoHandler.class);

  /** How often a busy connection asks the kernel for its round-trip time. */
  private static final long RTT_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** On io_uring, between the end of the timeout and the close. */
  private static final long LOOK_AGAIN_MILLIS = 100;

  /** Sent to every connection that is still open when a stop has waited for {@code drain}. */
  static final Object DRAIN_EXPIRED = new Object();

  /** What a read may leave stuck at most: Netty reads no more at once. */
  private static final int READ_BYTES = 64 << 10;

  private final FlowTable flows;
  private final ConnectionLimit limit;
  private final PendingBytes pending;
  private final Stamper stamper;

  private ChannelHandlerContext context;
  private Flow flow;
  private Stamper.Stream stamps;
  private Counter closedBy;
  private boolean admitted;
  private InetAddress source;
  private long stuckBytes;
  private long movedNanos = System.nanoTime();
  private long takenByPeer = SocketFacts.UNKNOWN; // when it was asked last
  private long lastRttNanos = movedNanos - RTT_EVERY_NANOS;

  TcpEchoHandler(FlowTable flows, ConnectionLimit limit, PendingBytes pending, Stamper stamper) {
    this.flows = flows;
    this.limit = limit;
    this.pending = pending;
    this.stamper = stamper;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    totals().increment(Counter.CONNECTIONS_ACCEPTED);
    context = ctx;
    FiveTuple tuple = tuple(ctx.channel());
    if (tuple == null) {
      close(ctx, Counter.CLOSED_BY_RESET); // gone before we could ask who it was
      return;
    }
    source = tuple.source().getAddress();
    Counter refusal = limit.refusal(source);
    if (refusal != null) {
      close(ctx, refusal);
      return;
    }
    admitted = true;
    flow = flows.openConnection(tuple, SocketFacts.inode(ctx.channel()));
    stamps = stamper.stream(tuple, flows.eventLoop());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    int length = bytes.readableBytes();
    if (flow == null || length == 0) {
      bytes.release();
      return;
    }
    int messages = stamps.pass(bytes);
    flow.framed(stamps.framing());
    movedNanos = System.nanoTime();
    flow.read(length, messages, movedNanos);
    ctx.write(bytes)
        .addListener(
            written -> {
              if (written.isSuccess()) {
                flow.written(length, messages);
                if (stuckBytes > 0) {
                  movedNanos = System.nanoTime();
                  countStuck(ctx);
                }
              }
            });
    if (!ctx.channel().isWritable()) {
      ctx.flush();
      readIfAllowed();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
    countStuck(ctx);
    pending.shedExcess();
    if (!pending.admits(this, READ_BYTES)) {
      readIfAllowed();
    }
    measureRtt(ctx.channel());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      readIfAllowed();
    }
  }

  private void countStuck(ChannelHandlerContext ctx) {
    long bytes = pendingBytes(ctx.channel());
    if (bytes > 0 || stuckBytes > 0) {
      stuckBytes = bytes;
      pending.holds(this, bytes);
    }
  }

  private void readIfAllowed() {
    Channel channel = context.channel();
    channel.config().setAutoRead(channel.isWritable() && !pending.isWaiting(this));
  }

  /** On the loop. */
  @Override
  public void readOn() {
    readIfAllowed();
  }

  @Override
  public long movedNanos() {
    return movedNanos;
  }

  @Override
  public void shed() {
    close(context, Counter.CLOSED_BY_MEMORY);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      // An empty write is done when everything before it is.
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              (ChannelFutureListener)
                  sent ->
                      close(
                          ctx,
                          sent.isSuccess() ? Counter.CLOSED_BY_PEER : Counter.CLOSED_BY_RESET));
    } else if (event instanceof IdleStateEvent) {
      lookAgain(ctx);
    } else if (event == DRAIN_EXPIRED) {
      close(ctx, Counter.CLOSED_BY_DRAIN);
    }
  }

  /**
   * The process may have slept while its peer did not (after SIGSTOP the JDK's selector says that
   * its time is over and does not look), so the socket is asked once more before it is closed.
   */
  private void lookAgain(ChannelHandlerContext ctx) {
    Channel channel = ctx.channel();
    long moved = movedNanos;
    long stuck = pendingBytes(channel);
    if (channel instanceof AbstractNioChannel nio) {
      if (stuck > 0) {
        nio.unsafe().forceFlush();
      } else {
        nio.unsafe().read();
      }
      closeIfIdle(ctx, moved, stuck);
    } else {
      // What the kernel has done meanwhile, it tells the loop in its next rounds.
      ctx.executor()
          .schedule(() -> closeIfIdle(ctx, moved, stuck), LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void closeIfIdle(ChannelHandlerContext ctx, long moved, long stuck) {
    Channel channel = ctx.channel();
    if (movedNanos != moved || pendingBytes(channel) != stuck || pending.isWaiting(this)) {
      return;
    }
    long taken = SocketFacts.takenByPeer(channel);
    if (taken != SocketFacts.UNKNOWN && taken != takenByPeer) {
      takenByPeer = taken; // from the kernel, since this was asked before
      return;
    }
    close(ctx, Counter.CLOSED_BY_IDLE);
  }

  /** 0 once the channel is closed. */
  private static long pendingBytes(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    if (fault instanceof OutOfMemoryError) {
      pending.refused(this);
      return;
    }
    switch (Errno.of(fault)) {
      case ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH ->
          close(ctx, Counter.CLOSED_BY_RESET);
      default -> {
        LOG.warn("connection {} failed: {}", ctx.channel().remoteAddress(), fault.toString());
        close(ctx, Counter.CLOSED_BY_ERROR);
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // A connection that ends without a word from us was cut by its peer.
    Counter cause = closedBy == null ? Counter.CLOSED_BY_RESET : closedBy;
    totals().increment(cause);
    if (flow != null) {
      flows.end(flow, cause.reason());
    }
    stuckBytes = 0;
    pending.forget(this);
    if (admitted) {
      limit.release(source);
    }
  }

  private void close(ChannelHandlerContext ctx, Counter cause) {
    if (closedBy == null) {
      closedBy = cause;
    }
    ctx.close();
  }

  private void measureRtt(Channel channel) {
    long now = System.nanoTime();
    if (flow != null && now - lastRttNanos >= RTT_EVERY_NANOS) {
      lastRttNanos = now;
      flow.measuredRtt(SocketFacts.rttMicros(channel));
    }
  }

  private Counters totals() {
    return flows.totals(Protocol.TCP);
  }

  private static FiveTuple tuple(Channel channel) {
    InetSocketAddress source = (InetSocketAddress) channel.remoteAddress();
    InetSocketAddress destination = (InetSocketAddress) channel.localAddress();
    return source == null || destination == null
        ? null
        : new FiveTuple(Protocol.TCP, source, destination);
  }
}
