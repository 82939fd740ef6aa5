package io.dualport.server;

import io.dualport.flow.Counter;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.Errno;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The echo pair: TCP and UDP on one port number. Started when the constructor's factory returns,
 * stopped by {@link #close}.
 *
 * <p>Each event loop has one {@link FlowTable} and is its only writer. The datagram sockets live on
 * the first loop; connections are spread over all.
 */
final class DualServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DualServer.class);

  /** Idle flows are looked for four times in their timeout, but never more rarely than this. */
  private static final long MAX_SWEEP_MILLIS = 5_000;

  /** How long a stop waits for the event loops themselves, once every channel is closed. */
  private static final long LOOPS_STOP_SECONDS = 10;

  private final ServerSettings settings;
  private final Transport transport;
  private final EventLoopGroup loops;
  private final Map<EventExecutor, FlowTable> flowTables;
  private final long instanceId = new SecureRandom().nextLong();
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final BoundPort port;
  private volatile boolean draining;
  private volatile boolean hurried;

  private DualServer(ServerSettings settings, Transport transport, EventLoopGroup loops)
      throws BindFailure, SocketException {
    this.settings = settings;
    this.transport = transport;
    this.loops = loops;
    this.flowTables = tablesOf(loops, new FlowLimit(settings.maxFlows()));
    Stamper stamper = new Stamper(settings.stamp(), instanceId);
    EventLoop datagramLoop = (EventLoop) flowTables.keySet().iterator().next();
    FlowTable datagramFlows = flowTables.get(datagramLoop);
    this.port =
        BoundPort.bind(
            new BoundPort.Parts(
                transport,
                settings,
                LocalAddresses.read(),
                listenerBootstrap(stamper),
                datagramLoop,
                datagramFlows,
                stamper));
    long idleMillis = settings.idleTimeout().toMillis();
    port.sweepEvery(
        Math.max(1, Math.min(MAX_SWEEP_MILLIS, idleMillis / 4)),
        datagramFlows,
        settings.idleTimeout().toNanos());
  }

  /**
   * Binds both protocols and serves.
   *
   * @throws BindFailure if either protocol is refused; then neither stays bound
   * @throws SocketException if the machine's addresses cannot be listed
   */
  static DualServer start(ServerSettings settings, Transport transport)
      throws BindFailure, SocketException {
    int threads =
        settings.threads() > 0 ? settings.threads() : Runtime.getRuntime().availableProcessors();
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("echo"), transport.ioHandlerFactory());
    try {
      return new DualServer(settings, transport, loops);
    } catch (BindFailure | SocketException | RuntimeException e) {
      stop(loops);
      throw e;
    }
  }

  private static Map<EventExecutor, FlowTable> tablesOf(EventLoopGroup loops, FlowLimit limit) {
    Map<EventExecutor, FlowTable> tables = new LinkedHashMap<>();
    for (EventExecutor loop : loops) {
      tables.put(loop, new FlowTable(tables.size(), limit));
    }
    return tables;
  }

  private ServerBootstrap listenerBootstrap(Stamper stamper) {
    ConnectionLimit limit = new ConnectionLimit(settings.maxConnections());
    long idleMillis = settings.idleTimeout().toMillis();
    return new ServerBootstrap()
        .group(loops)
        .handler(new AcceptFaults())
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
                        new IdleStateHandler(true, 0, 0, idleMillis, TimeUnit.MILLISECONDS),
                        new TcpEchoHandler(flowTables.get(channel.eventLoop()), limit, stamper));
              }
            });
  }

  /** The number both protocols are bound to. */
  int port() {
    return port.port();
  }

  /**
   * Names this start of the server among all others, 16 hexadecimal digits: in every stamp and in
   * every report.
   */
  String instance() {
    return HexFormat.of().toHexDigits(instanceId);
  }

  Transport transport() {
    return transport;
  }

  int threads() {
    return flowTables.size();
  }

  /** Datagrams that the kernel dropped at sockets that were closed as idle; from any thread. */
  long dropsOfClosed() {
    return port.dropsOfClosed();
  }

  /** The counters and flows of each event loop. */
  Collection<FlowTable> flowTables() {
    return flowTables.values();
  }

  /** Whether every event loop still runs. */
  boolean isAlive() {
    return !loops.isShuttingDown();
  }

  /** Whether a stop was asked for. */
  boolean isDraining() {
    return draining;
  }

  /** All counters and flows, from any thread; exact once traffic has ceased. */
  TableSnapshot snapshot() {
    return TableSnapshot.of(flowTables.values());
  }

  /**
   * Stops: closes the port on both protocols, waits up to {@code drain} for open connections to end
   * by themselves, closes the rest, and ends the loops. Then the counters are final.
   */
  @Override
  public void close() {
    draining = true;
    port.close();
    if (!hurried) {
      awaitNoConnections(settings.drain().toNanos());
    }
    endConnections();
    connections.newCloseFuture().awaitUninterruptibly(1, TimeUnit.SECONDS);
    stop(loops);
  }

  /** Cuts the waiting of {@link #close} short, or leaves it out where it has not begun. */
  void hurry() {
    hurried = true;
    if (draining) {
      endConnections();
    }
  }

  private void endConnections() {
    connections.forEach(
        open -> open.pipeline().fireUserEventTriggered(TcpEchoHandler.DRAIN_EXPIRED));
  }

  private void awaitNoConnections(long nanos) {
    try {
      connections.newCloseFuture().await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // asked to hurry: what is open is closed now
    }
  }

  private static void stop(EventLoopGroup loops) {
    loops.shutdownGracefully(0, LOOPS_STOP_SECONDS, TimeUnit.SECONDS);
    loops.terminationFuture().awaitUninterruptibly(LOOPS_STOP_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * A connection could not be accepted, as a rule because the descriptor table is full: counts it,
   * says so once a minute, and pauses accepting, or the loop would spin on the waiting connection.
   */
  private final class AcceptFaults extends ChannelInboundHandlerAdapter {
    private static final long PAUSE_SECONDS = 1;
    private static final long SAY_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - SAY_EVERY_NANOS);

    @Override
    public boolean isSharable() {
      return true; // one for all listening addresses
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
      flowTables
          .get(ctx.channel().eventLoop())
          .totals(Protocol.TCP)
          .increment(Counter.ACCEPT_FAILURES);
      ctx.channel().config().setAutoRead(false);
      ctx.channel()
          .eventLoop()
          .schedule(
              () -> ctx.channel().config().setAutoRead(true), PAUSE_SECONDS, TimeUnit.SECONDS);
      long now = System.nanoTime();
      long said = saidNanos.get();
      if (now - said >= SAY_EVERY_NANOS && saidNanos.compareAndSet(said, now)) {
        LOG.warn(
            "cannot accept on {}: {}; trying again every second (see `ulimit -n`); what fails is"
                + " counted in: {}",
            ctx.channel().localAddress(),
            Errno.of(fault).text(),
            Counter.ACCEPT_FAILURES.label());
      }
    }
  }
}
