package io.dualport.server.echo;

import io.dualport.flow.FlowTable;
import io.dualport.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Stream sockets as Netty's channels, on any transport; {@link TcpEchoHandler} echoes. */
final class ChannelStreamSockets implements StreamSockets {
  private final Transport transport;
  private final ServerBootstrap bootstrap;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final List<Channel> listeners = new ArrayList<>();

  /**
   * @param flowTables the table of each loop
   */
  ChannelStreamSockets(
      Transport transport,
      EventLoopGroup loops,
      Map<EventExecutor, FlowTable> flowTables,
      ConnectionLimit limit,
      AcceptFaults faults,
      Map<EventExecutor, PendingBytes> pending,
      Stamper stamper,
      Duration idleTimeout) {
    this.transport = transport;
    this.bootstrap =
        new ServerBootstrap()
            .group(loops)
            .handler(new AcceptPause(flowTables, faults))
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel);
                    channel
                        .pipeline()
                        .addLast(
                            // "true": a reply that is leaving bit by bit is not idle.
                            new IdleStateHandler(
                                true, 0, 0, idleTimeout.toNanos(), TimeUnit.NANOSECONDS),
                            new TcpEchoHandler(
                                flowTables.get(channel.eventLoop()),
                                limit,
                                pending.get(channel.eventLoop()),
                                stamper));
                  }
                });
  }

  @Override
  public InetSocketAddress listen(InetSocketAddress wanted) throws IOException {
    ChannelFuture bound =
        bootstrap
            .clone()
            .channelFactory(transport.listeners(wanted.getAddress()))
            .bind(wanted)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause());
    }
    listeners.add(bound.channel());
    return (InetSocketAddress) bound.channel().localAddress();
  }

  @Override
  public void adopt(InheritedSocket listening) {
    throw new UnsupportedOperationException(transport.label() + " opens its sockets itself");
  }

  @Override
  public List<? extends Future<?>> stopListening() {
    List<ChannelFuture> closing = listeners.stream().map(Channel::close).toList();
    listeners.clear();
    return closing;
  }

  @Override
  public void endConnections() {
    connections.forEach(
        open -> open.pipeline().fireUserEventTriggered(TcpEchoHandler.DRAIN_EXPIRED));
  }

  /** Pauses accepting after a fault. */
  private static final class AcceptPause extends ChannelInboundHandlerAdapter {
    private final Map<EventExecutor, FlowTable> flowTables;
    private final AcceptFaults faults;

    AcceptPause(Map<EventExecutor, FlowTable> flowTables, AcceptFaults faults) {
      this.flowTables = flowTables;
      this.faults = faults;
    }

    @Override
    public boolean isSharable() {
      return true; // one for all listening addresses
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object connection) {
      if (faults.isHeld()) {
        ((Channel) connection).unsafe().closeForcibly();
        faults.givenBack(flowTables.get(ctx.channel().eventLoop()));
        pause(ctx.channel());
      } else {
        ctx.fireChannelRead(connection);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
      Channel listener = ctx.channel();
      faults.failed(
          (InetSocketAddress) listener.localAddress(), flowTables.get(listener.eventLoop()), fault);
      pause(listener);
    }

    private void pause(Channel listener) {
      listener.config().setAutoRead(false);
      listener
          .eventLoop()
          .schedule(() -> goOn(listener), AcceptFaults.PAUSE_SECONDS, TimeUnit.SECONDS);
    }

    private void goOn(Channel listener) {
      if (faults.isHeld()) {
        pause(listener);
      } else {
        listener.config().setAutoRead(true);
      }
    }
  }
}
