package io.dualport.client.load.socket;

import io.dualport.client.load.plan.Closing;
import io.dualport.client.load.plan.Endpoints;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Segmentation;
import io.dualport.transport.SocketFacts;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;

/**
 * Sockets as Netty's channels: for every transport that has no leaner way of its own, and for
 * datagrams of which several come at once. On epoll what is sent goes straight to the descriptor,
 * and what the other side or the network card has joined is read by one call and taken apart by
 * Netty (UDP_GRO, Linux 5.0).
 */
public final class ChannelLoadSockets implements LoadSockets {
  private static final ChannelOption<Integer> BIND_ADDRESS_NO_PORT =
      new IntegerUnixChannelOption(
          "IP_BIND_ADDRESS_NO_PORT", Endpoints.IPPROTO_IP, Endpoints.IP_BIND_ADDRESS_NO_PORT);

  /** Datagrams that one socket may read before another has its turn. */
  private static final int DATAGRAMS_AT_ONCE = 1024;

  private final IoEventLoop loop;
  private final Transport transport;
  private final Endpoints endpoints;
  private final Segmentation segmentation;
  private final Consumer<Throwable> bug;
  private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final long outAddress = Buffer.memoryAddress(out);

  /** What joined datagrams are received into; free again when the flow has seen them. */
  private final ByteBuf in =
      Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Datagrams.SLOT_BYTES));

  /**
   * @param bug is told what a {@link SocketListener} threw
   */
  public ChannelLoadSockets(
      IoEventLoop loop,
      Transport transport,
      Endpoints endpoints,
      Segmentation segmentation,
      Consumer<Throwable> bug) {
    this.loop = loop;
    this.transport = transport;
    this.endpoints = endpoints;
    this.segmentation = segmentation;
    this.bug = bug;
  }

  @Override
  public ByteBuffer out() {
    return out;
  }

  @Override
  public LoadSocket open(InetSocketAddress source, SocketListener user) throws IOException {
    ChannelWire wire = new ChannelWire(user);
    ChannelFuture registered = bootstrap(wire, source).register();
    if (registered.cause() != null) {
      throw new IOException("socket", registered.cause());
    }
    wire.channel = registered.channel();
    if (wire.channel instanceof EpollDatagramChannel datagrams) {
      wire.socket = (LinuxSocket) datagrams.fd();
    }
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
    bootstrap
        .channelFactory(transport.datagrams(endpoints.remote().getAddress()))
        .option(ChannelOption.SO_RCVBUF, Endpoints.UDP_RECEIVE_BUFFER_BYTES);
    // To switch it off later would leave what is joined already without the length of its parts.
    return segmentation.isOn()
        ? bootstrap
            .option(EpollChannelOption.UDP_GRO, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, wire.new JoinedReads())
        : bootstrap;
  }

  private final class ChannelWire extends ChannelInboundHandlerAdapter implements LoadSocket {
    private final SocketListener user;
    private Channel channel;
    private LinuxSocket socket; // of datagrams on epoll
    private long readNanos; // of what is being received; 0 if each is read by a call of its own
    private boolean awaitsMore;
    private boolean connected;
    private boolean waiting;
    private boolean closed;

    ChannelWire(SocketListener user) {
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
        guarded(() -> receive(bytes));
      } finally {
        ReferenceCountUtil.release(received);
      }
    }

    private void receive(ByteBuf bytes) {
      int length = bytes.readableBytes();
      ByteBuffer nio = bytes.internalNioBuffer(bytes.readerIndex(), length);
      long now = readNanos == 0 ? System.nanoTime() : readNanos;
      awaitsMore = user.received(nio, nio.position(), length, now);
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
    public int send(int length) throws IOException {
      if (!channel.isWritable()) {
        return 0;
      }
      if (socket != null && socket.sendAddress(outAddress, 0, length) > 0) {
        return length;
      }
      ByteBuf message = channel.alloc().directBuffer(length);
      out.limit(length).position(0);
      message.writeBytes(out);
      out.clear();
      channel.writeAndFlush(message, channel.voidPromise());
      return length;
    }

    @Override
    public void cut(int bytes) throws IOException {
      if (socket == null) {
        throw new IOException("segments are for epoll");
      }
      socket.setIntOpt(Endpoints.IPPROTO_UDP, Endpoints.UDP_SEGMENT, bytes);
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

    /** Reads one slot at a time, as long as the flow waits for more. */
    private final class JoinedReads extends DefaultMaxMessagesRecvByteBufAllocator {
      JoinedReads() {
        super(DATAGRAMS_AT_ONCE);
      }

      @Override
      public ExtendedHandle newHandle() {
        return new MaxMessageHandle() {
          @Override
          public int guess() {
            return Datagrams.SLOT_BYTES;
          }

          @Override
          public ByteBuf allocate(ByteBufAllocator allocator) {
            readNanos = 0;
            awaitsMore = false;
            return in.clear().retain();
          }

          @Override
          public void lastBytesRead(int bytes) {
            super.lastBytesRead(bytes);
            readNanos = System.nanoTime();
          }

          @Override
          public boolean continueReading(UncheckedBooleanSupplier mayBeMore) {
            return awaitsMore && super.continueReading(mayBeMore);
          }
        };
      }
    }
  }
}
