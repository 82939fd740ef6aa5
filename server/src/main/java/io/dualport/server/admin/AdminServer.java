package io.dualport.server.admin;

import io.dualport.flow.Endpoint;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The dashboard, JSON, events and metrics on a port of their own. One thread does all of it, and
 * none of it on the echo's event loops: what is asked here costs the echo nothing but its share of
 * the machine.
 */
public final class AdminServer implements AutoCloseable {
  private static final int MAX_REQUEST_LINE_BYTES = 4096;
  private static final int MAX_HEADER_BYTES = 8192;
  private static final int MAX_CHUNK_BYTES = 8192;

  /** Requests of one connection that wait for their answers; one read must not bring so many. */
  private static final int MAX_PIPELINED = 128;

  /**
   * What is read at once. Reading stops while an answer is under way, so this is what a client that
   * asks and does not read can make wait here; a request takes at least 10 bytes.
   */
  private static final int READ_BYTES = 1024;

  private static final long FRAME_EVERY_MILLIS = 1000;
  private static final long STOP_SECONDS = 2;

  /**
   * What the connections share.
   *
   * @param waiting those that have no request yet, or none after the last; the longest first
   */
  record Parts(
      Access access,
      WorkBudget budget,
      Router router,
      EventStreams streams,
      AdminCounters counters,
      Set<Channel> waiting,
      SpareDescriptor spare,
      Supplier<Frame> lastFrame) {}

  private final ObservedServer subject;
  private final EventLoopGroup loop;
  private final EventStreams streams;
  private final Parts parts;
  private final int maxConnections;
  private Channel listener;
  private Frame lastFrame;

  private AdminServer(AdminSettings settings, ObservedServer subject) {
    this.subject = subject;
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("admin", true), NioIoHandler.newFactory());
    AdminCounters counters = new AdminCounters();
    this.streams = new EventStreams(subject.facts().instance(), counters);
    this.maxConnections = settings.maxConnections();
    this.lastFrame = Frame.read(subject.tables(), subject.state(), null);
    this.parts =
        new Parts(
            new Access(settings),
            new WorkBudget(),
            new Router(subject, counters, settings.metricsFlows()),
            streams,
            counters,
            new LinkedHashSet<>(),
            new SpareDescriptor(counters, this::makeRoom, subject.holdAccepting()),
            () -> lastFrame);
  }

  /**
   * Binds and serves.
   *
   * @param settings with an address
   * @throws CannotBindException if the address is refused
   */
  public static AdminServer start(AdminSettings settings, ObservedServer subject)
      throws CannotBindException {
    InetSocketAddress wanted = settings.address().address().orElseThrow();
    AdminServer server = new AdminServer(settings, subject);
    ChannelFuture bound = server.bind(wanted);
    if (!bound.isSuccess() && settings.address().anotherPortWillDo()) {
      bound = server.bind(new InetSocketAddress(wanted.getAddress(), 0));
    }
    if (!bound.isSuccess()) {
      server.stopLoop();
      throw new CannotBindException(wanted, bound.cause());
    }
    server.listener = bound.channel();
    server.loop.scheduleAtFixedRate(
        server::frame, FRAME_EVERY_MILLIS, FRAME_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    return server;
  }

  private ChannelFuture bind(InetSocketAddress wanted) {
    return new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .handler(parts.spare())
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
        .childHandler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                if (parts.counters().connections() >= maxConnections && !makeRoom()) {
                  parts.counters().refused(HttpRefusal.CONNECTIONS);
                  channel.close();
                  return;
                }
                channel.pipeline().addLast(handlers(parts));
              }
            })
        .bind(wanted)
        .awaitUninterruptibly();
  }

  /** What a connection's bytes pass on their way in. */
  static ChannelHandler[] handlers(Parts parts) {
    return new ChannelHandler[] {
      new HttpServerCodec(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
              .setMaxHeaderSize(MAX_HEADER_BYTES)
              .setMaxChunkSize(MAX_CHUNK_BYTES),
          MAX_PIPELINED),
      new FlowControlHandler(),
      new RequestHandler(parts)
    };
  }

  /** Closes the connection that has waited longest for a request: silence shall lock nobody out. */
  private boolean makeRoom() {
    Iterator<Channel> longest = parts.waiting().iterator();
    if (!longest.hasNext()) {
      return false;
    }
    Channel evicted = longest.next();
    longest.remove(); // its own farewell comes later than the next connection may
    parts.counters().refused(HttpRefusal.CONNECTIONS);
    evicted.close();
    return true;
  }

  private void frame() {
    parts.spare().tick();
    publish(subject.state());
  }

  private void publish(String state) {
    Frame frame = Frame.read(subject.tables(), state, lastFrame);
    lastFrame = frame;
    streams.publish(frame.number(), () -> frame.json(subject).toString(), frame.nanos());
  }

  /** Where the dashboard is; a wildcard address is given as the loopback it includes. */
  public String url() {
    InetSocketAddress local = (InetSocketAddress) listener.localAddress();
    InetSocketAddress reachable =
        local.getAddress().isAnyLocalAddress()
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), local.getPort())
            : local;
    return "http://" + Endpoint.text(reachable) + "/";
  }

  /** Sends a last frame, ends the streams and closes the port. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
    loop.submit(
            () -> {
              publish(Frame.STOPPED);
              streams.end();
            })
        .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
    stopLoop();
  }

  private void stopLoop() {
    loop.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
  }
}
