package io.dualport.server.admin;

import io.dualport.kernel.Errno;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps health checks answered when the process has no descriptor left: one is held in reserve, as
 * an unbound socket. When accept(2) fails it is given up, the connection that waits gets it, and
 * with the end of that connection it is taken again. For the listener's one thread.
 */
final class SpareDescriptor extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(SpareDescriptor.class);
  private static final long SAY_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** The selector lets go of a closed connection's descriptor only when it looks again. */
  private static final long FREED_MILLIS = 10;

  private final AdminCounters counters;
  private final BooleanSupplier makeRoom;
  private Channel listener;
  private SocketChannel spare;
  private boolean inUseAtTick;
  private long saidNanos = System.nanoTime() - SAY_EVERY_NANOS;

  /**
   * @param makeRoom closes a connection that has no request at work
   */
  SpareDescriptor(AdminCounters counters, BooleanSupplier makeRoom) {
    this.counters = counters;
    this.makeRoom = makeRoom;
  }

  @Override
  public boolean isSharable() {
    return true; // with another port where the first is taken
  }

  /** Whether a connection has it: no answer may keep a connection longer than it takes. */
  boolean isInUse() {
    return listener != null && spare == null;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    listener = ctx.channel();
    take();
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    listener = null;
    giveUp();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    counters.acceptFailed();
    long now = System.nanoTime();
    if (now - saidNanos >= SAY_EVERY_NANOS) {
      saidNanos = now;
      LOG.warn(
          "admin: cannot accept: {}; one connection at a time is answered (see `ulimit -n`)",
          Errno.of(fault).text());
    }
    if (spare == null) {
      // Or the loop spins; accept(2) fails so even where no connection waits.
      ctx.channel().config().setAutoRead(false);
    }
    giveUp();
  }

  /** Once a second: whoever has held it that long, and said nothing, is sent away. */
  void tick() {
    goOn();
    boolean wasInUse = inUseAtTick;
    inUseAtTick = isInUse();
    if (wasInUse && inUseAtTick) {
      makeRoom.getAsBoolean();
    }
  }

  private void goOn() {
    if (listener != null) {
      take();
      listener.config().setAutoRead(true);
    }
  }

  /** A connection has ended. */
  void connectionClosed() {
    if (isInUse()) {
      listener.eventLoop().schedule(this::goOn, FREED_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void take() {
    if (spare == null) {
      try {
        spare = SocketChannel.open();
      } catch (IOException none) {
        // Later.
      }
    }
  }

  private void giveUp() {
    if (spare != null) {
      try {
        spare.close();
      } catch (IOException e) {
        LOG.debug("close", e); // Linux frees it all the same (close(2))
      }
      spare = null;
    }
  }
}
