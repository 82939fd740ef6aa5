package io.dualport.server.admin;

import io.dualport.kernel.Errno;
import io.dualport.log.OnceAMinute;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps health checks answered when the process has no descriptor left: one is held in reserve, as
 * an unbound socket. When accept(2) fails it is given up, the connection that waits gets it, and
 * with the end of that connection it is taken again. For the listener's one thread.
 */
final class SpareDescriptor extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(SpareDescriptor.class);

  /** The selector lets go of a closed connection's descriptor only when it looks again. */
  private static final long FREED_MILLIS = 10;

  private final AdminCounters counters;
  private final BooleanSupplier makeRoom;
  private final Consumer<Boolean> holdAccepting;
  private Channel listener;
  private SocketChannel spare;
  private boolean inUseAtTick;
  private final OnceAMinute complaint = new OnceAMinute();

  /**
   * @param makeRoom closes a connection that has no request at work
   * @param holdAccepting has the echo accept nothing: who waits there would take the descriptor
   */
  SpareDescriptor(
      AdminCounters counters, BooleanSupplier makeRoom, Consumer<Boolean> holdAccepting) {
    this.counters = counters;
    this.makeRoom = makeRoom;
    this.holdAccepting = holdAccepting;
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
    holdAccepting.accept(false);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
    counters.acceptFailed();
    if (complaint.isDue()) {
      LOG.warn(
          "admin: cannot accept: {}; one connection at a time is answered (see `ulimit -n`)",
          Errno.of(fault).text());
    }
    if (spare == null) {
      // Or the loop spins; accept(2) fails so even where no connection waits.
      ctx.channel().config().setAutoRead(false);
    }
    holdAccepting.accept(true);
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
        holdAccepting.accept(false);
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
