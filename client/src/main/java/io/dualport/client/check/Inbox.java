package io.dualport.client.check;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What sockets heard, in the order it came: the event loop puts it in, and the thread that checks
 * takes it out when its story gets there. So the story can be told in a straight line.
 */
final class Inbox {
  /** Somebody who says more than this unread is cut off; no echo of ours is that long. */
  static final int MAX_UNREAD_BYTES = 4 << 20;

  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final AtomicInteger unreadBytes = new AtomicInteger();

  /** Something that came, and when ({@link System#nanoTime}). */
  sealed interface Arrival {
    long nanos();
  }

  /**
   * @param sender who it says it is from
   */
  record Datagram(InetSocketAddress sender, byte[] bytes, long nanos) implements Arrival {}

  /** A piece of a stream. */
  record Bytes(byte[] bytes, long nanos) implements Arrival {}

  /** The other side closed; nothing more will come. */
  record Fin(long nanos) implements Arrival {}

  /** The kernel reported an error: RST, or an ICMP message. */
  record Failure(Throwable cause, long nanos) implements Arrival {}

  /** Puts in what one socket hears. */
  ChannelHandler handler() {
    return new Listener();
  }

  /** Tells those who listen to a connection of a write that failed, but not that it has ended. */
  static void writeEnded(ChannelFuture write) {
    if (!write.isSuccess() && !(write.cause() instanceof ClosedChannelException)) {
      write.channel().pipeline().fireExceptionCaught(write.cause());
    }
  }

  /** What came next, or null if nothing did by then. */
  Arrival await(long deadlineNanos) {
    try {
      Arrival arrival =
          arrivals.poll(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (arrival instanceof Bytes bytes) {
        unreadBytes.addAndGet(-bytes.bytes.length);
      } else if (arrival instanceof Datagram datagram) {
        unreadBytes.addAndGet(-datagram.bytes.length);
      }
      return arrival;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private final class Listener extends ChannelInboundHandlerAdapter {
    private boolean ended;

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
      long now = System.nanoTime();
      if (received instanceof DatagramPacket packet) {
        take(context, new Datagram(packet.sender(), copy(packet.content()), now), packet.content());
        packet.release();
      } else {
        ByteBuf bytes = (ByteBuf) received;
        take(context, new Bytes(copy(bytes), now), bytes);
        bytes.release();
      }
    }

    private void take(ChannelHandlerContext context, Arrival arrival, ByteBuf content) {
      arrivals.add(arrival);
      if (unreadBytes.addAndGet(content.readableBytes()) > MAX_UNREAD_BYTES) {
        context.close();
      }
    }

    private byte[] copy(ByteBuf bytes) {
      return ByteBufUtil.getBytes(bytes);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        end();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end();
    }

    private void end() {
      if (!ended) {
        ended = true;
        arrivals.add(new Fin(System.nanoTime()));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      ended = true; // a reset is no orderly end
      arrivals.add(new Failure(cause, System.nanoTime()));
    }
  }
}
