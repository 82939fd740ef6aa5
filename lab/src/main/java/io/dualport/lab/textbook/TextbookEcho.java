package io.dualport.lab.textbook;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;

/**
 * The echo as tutorials teach it, on both protocols of one port. <b>Wrong on purpose</b>:
 * experiment 20 shows what it loses. Each comment names what is missing; {@code io.dualport.server}
 * has it.
 */
public final class TextbookEcho {
  private TextbookEcho() {}

  /**
   * Serves until it is killed; says {@code started} as Dualport's server does.
   *
   * @param args address and port
   */
  public static void main(String[] args) throws InterruptedException {
    String host = args[0];
    int port = Integer.parseInt(args[1]);
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    try {
      Channel listener =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              // No ALLOW_HALF_CLOSURE: the peer's FIN closes both directions at once.
              .childHandler(new StreamHandler())
              .bind(host, port)
              .sync()
              .channel();
      // No RECVBUF_ALLOCATOR: datagrams are cut to the default of 2048 bytes.
      new Bootstrap()
          .group(group)
          .channel(NioDatagramChannel.class)
          .handler(new DatagramHandler())
          .bind(host, port)
          .sync();
      System.out.printf("{\"event\":\"started\",\"port\":%d,\"transport\":\"nio\"}%n", port);
      listener.closeFuture().sync();
    } finally {
      group.shutdownGracefully();
    }
  }

  @Sharable
  private static final class StreamHandler extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.write(message); // No look at isWritable: what the peer does not read piles up here.
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      cause.printStackTrace();
      ctx.close();
    }
  }

  private static final class DatagramHandler extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
      // Whoever asks is answered, an echo as well; and from the address the kernel chooses.
      ctx.write(new DatagramPacket(packet.content().retain(), packet.sender()));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      cause.printStackTrace();
    }
  }
}
