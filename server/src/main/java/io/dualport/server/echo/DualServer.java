package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Counters;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.LocalAddresses;
import io.dualport.server.facts.ServerFacts;
import io.dualport.server.settings.ListenAddresses;
import io.dualport.server.settings.ServerSettings;
import io.dualport.transport.DirectMemory;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetAddress;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * The echo pair: TCP and UDP on one port number. Started when the constructor's factory returns,
 * stopped by {@link #close}.
 *
 * <p>Each event loop has one {@link FlowTable} and is its only writer. Connections are spread over
 * all loops, datagram sockets over as many as there are shards.
 */
public final class DualServer implements AutoCloseable {
  /** Idle flows are looked for four times in their timeout, but never more rarely than this. */
  private static final long MAX_SWEEP_MILLIS = 5_000;

  /** How long a stop waits for connections to be closed, once it has asked. */
  private static final long ENDED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ServerSettings settings;
  private final Transport transport;
  private final Optional<InheritedSockets> inherited;
  private final LoopThreads threads;
  private final EventLoopGroup loops;
  private final Map<EventExecutor, FlowTable> flowTables;
  private final long instanceId = new SecureRandom().nextLong();
  private final ConnectionLimit connections;
  private final AcceptFaults acceptFaults = new AcceptFaults();
  private final Map<EventExecutor, PendingBytes> pending = new LinkedHashMap<>();
  private final StreamSockets streams;
  private final Segmentation segmentation;
  private final BoundPort port;
  private volatile boolean draining;
  private volatile boolean hurried;

  private DualServer(
      ServerSettings settings,
      Transport transport,
      Optional<InheritedSockets> inherited,
      LoopThreads threads,
      EventLoopGroup loops)
      throws BindFailure, SocketException {
    this.settings = settings;
    this.inherited = inherited;
    this.transport = transport;
    this.threads = threads;
    this.loops = loops;
    this.flowTables = tablesOf(loops, new FlowLimit(settings.maxFlows()));
    this.connections =
        new ConnectionLimit(settings.maxConnections(), settings.maxConnectionsPerSource());
    PendingBytes.warnIfTooLittle(DirectMemory.max(), flowTables.size());
    long pendingOfLoop = maxPendingBytes() / flowTables.size();
    flowTables.keySet().forEach(loop -> pending.put(loop, new PendingBytes(loop, pendingOfLoop)));
    Stamper stamper = new Stamper(settings.stamp(), instanceId);
    this.streams = streamSockets(stamper);
    this.segmentation = new Segmentation(settings.udpGso(), transport);
    LocalAddresses local = LocalAddresses.read();
    this.port =
        BoundPort.bind(
            new BoundPort.Parts(
                transport,
                settings,
                inherited,
                local,
                streams,
                port -> shards(port, stamper, local)));
    long idleMillis = settings.idleTimeout().toMillis();
    port.sweepEvery(
        Math.max(1, Math.min(MAX_SWEEP_MILLIS, idleMillis / 4)), settings.idleTimeout().toNanos());
  }

  /**
   * Binds both protocols and serves.
   *
   * @param inherited the sockets to serve instead, if there are any
   * @throws BindFailure if either protocol is refused; then neither stays bound
   * @throws SocketException if the machine's addresses cannot be listed
   */
  public static DualServer start(
      ServerSettings settings, Transport transport, Optional<InheritedSockets> inherited)
      throws BindFailure, SocketException {
    LoopThreads threads = new LoopThreads(LoopThreads::haltProcess);
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            settings.eventLoops(), threads, transport.ioHandlerFactory());
    try {
      return new DualServer(settings, transport, inherited, threads, loops);
    } catch (BindFailure | SocketException | RuntimeException e) {
      threads.end(loops);
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

  private StreamSockets streamSockets(Stamper stamper) {
    return transport == Transport.EPOLL
        ? new EpollStreamSockets(
            loops, flowTables, connections, acceptFaults, pending, stamper, settings.idleTimeout())
        : new ChannelStreamSockets(
            transport,
            loops,
            flowTables,
            connections,
            acceptFaults,
            pending,
            stamper,
            settings.idleTimeout());
  }

  private List<DatagramShard> shards(int port, Stamper stamper, LocalAddresses local) {
    Guard guard = new Guard(settings.guard(), port, settings.reflectorPorts());
    RateLimit rate = new RateLimit(settings.udpRate());
    List<DatagramShard> shards = new ArrayList<>();
    flowTables.forEach(
        (loop, flows) -> {
          if (shards.size() < shardCount()) {
            Counters udp = flows.totals(Protocol.UDP);
            LoopDetector loopDetector =
                new LoopDetector(
                    settings.loopAfter(), () -> udp.increment(Counter.SIGHTINGS_MISSED));
            DatagramPolicy policy = new DatagramPolicy(guard, rate, loopDetector, local);
            shards.add(new DatagramShard((EventLoop) loop, flows, policy, stamper, segmentation));
          }
        });
    return shards;
  }

  /** Has each loop rehearse, so that no first message waits for classes; returns at once. */
  public void rehearse() {
    flowTables.keySet().forEach(loop -> loop.execute(JvmWarmUp::play));
  }

  /** The number both protocols are bound to. */
  public int port() {
    return port.port();
  }

  /**
   * What does not change from now on.
   *
   * @param version of the program
   */
  public ServerFacts facts(String version) {
    List<InetAddress> addresses =
        inherited.map(InheritedSockets::addresses).orElse(settings.addresses());
    return new ServerFacts(
        HexFormat.of().toHexDigits(instanceId),
        version,
        Instant.now(),
        port(),
        addresses.stream().map(Endpoint::text).toList(),
        inherited.isPresent()
            ? ListenAddresses.reachOfInherited(addresses)
            : ListenAddresses.reach(addresses),
        inherited.map(InheritedSockets::descriptors).orElse(List.of()),
        inherited.map(InheritedSockets::text).orElse(""),
        transport.label(),
        settings.transport() == ServerSettings.TransportChoice.AUTO
            ? transport.automaticReason()
            : "as asked",
        flowTables.size(),
        shardCount(),
        segmentation.label(),
        NetUtil.SOMAXCONN, // what Netty asks for, and the kernel cuts to the same sysctl
        settings.guard(),
        Guard.gap(transport, addresses),
        new ServerFacts.Limits(
            settings.maxConnections(),
            unlessOff(settings.maxConnectionsPerSource()),
            maxPendingBytes(),
            settings.maxFlows(),
            settings.idleTimeout().toMillis(),
            unlessOff(settings.udpRate())),
        settings.drain());
  }

  private static OptionalInt unlessOff(int limit) {
    return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  private int shardCount() {
    return transport.sharesPort() && inherited.isEmpty()
        ? settings.shards().orElse(flowTables.size())
        : 1;
  }

  private long maxPendingBytes() {
    return PendingBytes.checked(settings.maxPendingBytes(), DirectMemory.max(), flowTables.size());
  }

  /** Datagrams that the kernel dropped at sockets that were closed as idle; from any thread. */
  public long dropsOfClosed() {
    return port.dropsOfClosed();
  }

  /** Has no connection accepted while the last descriptor is the admin side's; any thread. */
  public void holdAccepting(boolean hold) {
    acceptFaults.hold(hold);
  }

  /** Held for peers that do not read, in bytes; from any thread. */
  public long pendingBytes() {
    return pending.values().stream().mapToLong(PendingBytes::held).sum();
  }

  /** The counters and flows of each event loop. */
  public Collection<FlowTable> flowTables() {
    return flowTables.values();
  }

  /** Whether replies may leave as segmented datagrams. */
  public Segmentation segmentation() {
    return segmentation;
  }

  /** Whether every event loop still runs. */
  public boolean isAlive() {
    return !loops.isShuttingDown();
  }

  /** Whether a stop was asked for. */
  public boolean isDraining() {
    return draining;
  }

  /** All counters and flows, from any thread; exact once traffic has ceased. */
  public TableSnapshot snapshot() {
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
      connections.awaitNone(settings.drain().toNanos());
    }
    streams.endConnections();
    connections.awaitNone(ENDED_NANOS);
    threads.end(loops);
  }

  /** Cuts the waiting of {@link #close} short, or leaves it out where it has not begun. */
  public void hurry() {
    hurried = true;
    if (draining) {
      streams.endConnections();
    }
  }
}
