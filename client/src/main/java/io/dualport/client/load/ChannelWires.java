package io.dualport.client.load;

import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;

/** Sockets as Netty's channels: for every transport that has no leaner way of its own. */
final class ChannelWires implements Wires {
  private static final ChannelOption<Integer> BIND_ADDRESS_NO_PORT =
      new IntegerUnixChannelOption(
          "IP_BIND_ADDRESS_NO_PORT", Endpoints.IPPROTO_IP, Endpoints.IP_BIND_ADDRESS_NO_PORT);

  private final IoEventLoop loop;
  private final Transport transport;
  private final Endpoints endpoints;
  private final Consumer<Throwable> bug;
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);

  /**
   * @param bug is told what a {@link WireUser} threw
   */
  ChannelWires(
      IoEventLoop loop, Transport transport, Endpoints endpoints, Consumer<Throwable> bug) {
    this.loop = loop;
    this.transport = transport;
    this.endpoints = endpoints;
    this.bug = bug;
  }

  @Override
  public ByteBuffer out() {
    return out;
  }

  @Override
  public Wire open(InetSocketAddress source, WireUser user) throws IOException {
    ChannelWire wire = new ChannelWire(user);
    ChannelFuture registered = bootstrap(wire, source).register();
    if (registered.cause() != null) {
      throw new IOException("socket", registered.cause());
    }
    wire.channel = registered.channel();
    if (source != null) {
      if (source.getPort() == 0 && wire.channel instanceof UnixChannel) {
        wire.channel.config().setOption(BIND_ADDRESS_NO_PORT, 1);
      }
      ChannelFuture bound = wire.channel.bind(source);
      if (bound.cause() != null) {
        wire.close(Closing.FIN);
        throw new IOException("bind", bound.cause());
      }
    }
    // Answered through the loop's queue, so never before this method has returned.
    wire.channel
        .connect(endpoints.remote())
        .addListener(done -> loop.execute(() -> wire.connectDone(failure(done, wire.channel))));
    return wire;
  }

  /** Over io_uring a SYN that was answered with ICMP can pass for a connection. */
  private Throwable failure(Future<?> done, Channel channel) {
    boolean isOpen = !done.isSuccess() || !endpoints.isTcp() || SocketFacts.isConnected(channel);
    return isOpen ? done.cause() : new NoRouteToHostException();
  }

  private Bootstrap bootstrap(ChannelWire wire, InetSocketAddress source) {
    Bootstrap bootstrap = new Bootstrap().group(loop).handler(wire);
    if (endpoints.isTcp()) {
      return bootstrap
          .channelFactory(transport.connections(endpoints.remote().getAddress()))
          .option(ChannelOption.TCP_NODELAY, true)
          .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the flow has its own
          .option(ChannelOption.SO_REUSEADDR, source != null && source.getPort() != 0);
    }
    return bootstrap
        .channelFactory(transport.datagrams(endpoints.remote().getAddress()))
        .option(ChannelOption.SO_RCVBUF, Endpoints.UDP_RECEIVE_BUFFER_BYTES);
  }

  private final class ChannelWire extends ChannelInboundHandlerAdapter implements Wire {
    private final WireUser user;
    private Channel channel;
    private boolean connected;
    private boolean waiting;
    private boolean closed;

    ChannelWire(WireUser user) {
      this.user = user;
    }

    private void connectDone(Throwable cause) {
      if (connected) {
        return;
      }
      guarded(
          () -> {
            connected = cause == null;
            if (connected) {
              user.connected();
            } else {
              user.broken(cause);
            }
          });
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object received) {
      ByteBuf bytes =
          received instanceof DatagramPacket packet ? packet.content() : (ByteBuf) received;
      connectDone(null); // io_uring can hand over bytes before it says that it is connected
      try {
        guarded(() -> user.received(bytes.nioBuffer(), bytes.readableBytes()));
      } finally {
        ReferenceCountUtil.release(received);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      if (waiting && channel.isWritable()) {
        waiting = false;
        loop.execute(() -> guarded(user::writable)); // not from within the write that made room
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (connected) {
        guarded(() -> user.broken(null));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // A write that fails reports from within send; the flow hears of it afterwards.
      if (connected && !(cause instanceof ClosedChannelException)) {
        loop.execute(() -> guarded(() -> user.broken(cause)));
      }
    }

    private void guarded(Runnable call) {
      if (closed) {
        return;
      }
      try {
        call.run();
      } catch (RuntimeException | Error e) {
        bug.accept(e);
      }
    }

    @Override
    public int send(int length) {
      if (!channel.isWritable()) {
        return 0;
      }
      ByteBuf message = channel.alloc().directBuffer(length);
      out.limit(length).position(0);
      message.writeBytes(out);
      out.clear();
      channel.writeAndFlush(message, channel.voidPromise());
      return length;
    }

    @Override
    public void awaitWritable() {
      waiting = true;
    }

    @Override
    public long retransmissions() {
      return SocketFacts.retransmissions(channel);
    }

    @Override
    public InetSocketAddress local() {
      return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close(Closing closing) {
      if (closed) {
        return;
      }
      closed = true;
      if (closing == Closing.RST && endpoints.isTcp() && channel.isOpen()) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
      }
      channel.close();
    }
  }
}
