package io.dualport.client.send;

import io.dualport.client.target.Route;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.client.target.Target;
import io.dualport.client.target.UnresolvedException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** One run of {@code send}: both protocols at once, on one event loop, from one source port. */
final class SendRun {
  private static final long SHUTDOWN_TIMEOUT_MILLIS = 1000;

  /** How long an interrupted run waits for what is in flight. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Target target;
  private final SendSettings settings;
  private final SendPlan plan;
  private final List<Protocol> protocols;
  private final CompletableFuture<Void> stop;
  private final Consumer<Supplier<String>> told;

  /**
   * @param stop completed when the run shall end early
   * @param told what becomes of each message, a line each
   */
  SendRun(
      Target target,
      SendSettings settings,
      CompletableFuture<Void> stop,
      Consumer<Supplier<String>> told) {
    this.target = target;
    this.settings = settings;
    this.plan = SendPlan.of(settings);
    this.protocols = settings.protocol().protocols();
    this.stop = stop;
    this.told = told;
  }

  /** Sends and waits until every message is settled, or until it is stopped. Blocks. */
  SendResult run() {
    InetAddress address;
    try {
      address = target.resolve(settings.timeout());
    } catch (UnresolvedException e) {
      return result(null, null, protocol -> ProtocolResult.unsent(protocol, unresolved(e)));
    }
    InetSocketAddress remote = new InetSocketAddress(address, target.port());
    InetAddress local;
    try {
      local = Route.sourceOrAny(remote);
    } catch (IOException e) {
      return result(
          address,
          null,
          protocol ->
              ProtocolResult.unsent(protocol, new SocketErrors(protocol, remote).noRoute(e)));
    }
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, settings.transport().ioHandlerFactory());
    try {
      return exchange(group, local, remote);
    } finally {
      group
          .shutdownGracefully(0, SHUTDOWN_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
          .awaitUninterruptibly();
    }
  }

  private SendResult exchange(EventLoopGroup group, InetAddress local, InetSocketAddress remote) {
    ExchangeSockets sockets =
        new ExchangeSockets(group, settings.transport(), settings.sourcePort() != 0);
    Map<Protocol, ExchangeCounts> rehearsed = new SendWarmUp(sockets, plan).play(protocols);
    ExchangeCounts rehearsal =
        remote.getAddress().isLoopbackAddress() || local.equals(remote.getAddress())
            ? rehearsed.get(Protocol.UDP)
            : null;
    told.accept(() -> heading(remote));
    SharedSourcePort port =
        new SharedSourcePort(
            local, remote, protocol -> sockets.unbound(protocol, local, plan.timeoutNanos()));
    Map<Protocol, Exchange> exchanges = new EnumMap<>(Protocol.class);
    Map<Protocol, SourcePortException> failures = new EnumMap<>(Protocol.class);
    try {
      port.bind(protocols, settings.sourcePort())
          .forEach((p, channel) -> exchanges.put(p, start(sockets, p, remote, channel)));
    } catch (SourcePortException e) {
      if (settings.sourcePort() == 0 && e.isUsedUp()) {
        startEach(sockets, remote, port, exchanges, failures);
      } else {
        protocols.forEach(protocol -> failures.put(protocol, e));
      }
    }
    return result(
        remote.getAddress(),
        rehearsal,
        protocol ->
            failures.containsKey(protocol)
                ? ProtocolResult.unsent(
                    protocol,
                    new Diagnosis(protocol, remote, plan).notBound(failures.get(protocol)))
                : exchanges.get(protocol).result().join());
  }

  private String heading(InetSocketAddress remote) {
    return Words.format(
        "send to %s (%s): %s of %s on %s",
        target,
        Endpoint.text(remote),
        Words.count(plan.count(), "message"),
        Words.count(plan.size(), "byte"),
        Words.and(protocols));
  }

  private Exchange start(
      ExchangeSockets sockets, Protocol protocol, InetSocketAddress remote, Channel channel) {
    Exchange exchange = Exchange.of(new Diagnosis(protocol, remote, plan), told);
    sockets.connect(exchange, channel);
    long patience = Math.min(PATIENCE_NANOS, plan.timeoutNanos());
    stop.thenRun(() -> channel.eventLoop().execute(() -> exchange.interrupt(patience)));
    return exchange;
  }

  /** No port is free for both: UDP has the one that TCP is given, unless somebody else has it. */
  private void startEach(
      ExchangeSockets sockets,
      InetSocketAddress remote,
      SharedSourcePort port,
      Map<Protocol, Exchange> exchanges,
      Map<Protocol, SourcePortException> failures) {
    int preferred = 0;
    for (Protocol protocol : protocols) {
      try {
        Exchange exchange = start(sockets, protocol, remote, port.alone(protocol, preferred));
        exchanges.put(protocol, exchange);
        FiveTuple ours = exchange.opened().join();
        preferred = ours == null ? 0 : ours.source().getPort();
      } catch (SourcePortException e) {
        failures.put(protocol, e);
      }
    }
  }

  private SendResult result(
      InetAddress address, ExchangeCounts rehearsal, Function<Protocol, ProtocolResult> one) {
    List<ProtocolResult> results = protocols.stream().map(one).toList();
    return new SendResult(
        target,
        address,
        plan,
        settings.transport(),
        settings.sameServer(),
        rehearsal,
        stop.isDone(),
        results);
  }

  private static Finding unresolved(UnresolvedException e) {
    return Verdict.UNRESOLVED.because(e.getMessage(), e.advice());
  }
}
