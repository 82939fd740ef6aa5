package io.dualport.client.send;

import io.dualport.client.target.Route;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.client.target.Target;
import io.dualport.client.target.UnresolvedException;
import io.dualport.flow.Protocol;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One run of {@code send}: both protocols at once, on one event loop, from one source port. */
final class SendRun {
  private static final long SHUTDOWN_TIMEOUT_MILLIS = 1000;

  private final Target target;
  private final SendSettings settings;
  private final SendPlan plan;
  private final List<Protocol> protocols;

  SendRun(Target target, SendSettings settings) {
    this.target = target;
    this.settings = settings;
    this.plan = SendPlan.of(settings);
    this.protocols = settings.protocol().protocols();
  }

  /** Sends and waits until every message is settled. Blocks; not for an event loop. */
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
      local = Route.sourceFor(remote);
    } catch (IOException e) {
      return result(
          address,
          null,
          protocol ->
              ProtocolResult.unsent(protocol, new Diagnosis(protocol, remote, plan).noRoute(e)));
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
    Map<Protocol, Tally> rehearsed = new Rehearsal(sockets, plan).play(protocols);
    Tally rehearsal =
        remote.getAddress().isLoopbackAddress() || local.equals(remote.getAddress())
            ? rehearsed.get(Protocol.UDP)
            : null;
    Map<Protocol, Exchange> exchanges = new EnumMap<>(Protocol.class);
    for (Protocol protocol : protocols) {
      exchanges.put(protocol, Exchange.of(new Diagnosis(protocol, remote, plan)));
    }
    SharedSourcePort port =
        new SharedSourcePort(
            local, remote, protocol -> sockets.unbound(protocol, local, plan.timeoutNanos()));
    try {
      port.bind(protocols, settings.sourcePort())
          .forEach((protocol, channel) -> sockets.connect(exchanges.get(protocol), channel));
    } catch (SourcePortException e) {
      return result(
          remote.getAddress(),
          rehearsal,
          protocol ->
              ProtocolResult.unsent(protocol, exchanges.get(protocol).diagnosis.notBound(e)));
    }
    return result(
        remote.getAddress(), rehearsal, protocol -> exchanges.get(protocol).result().join());
  }

  private SendResult result(
      InetAddress address, Tally rehearsal, Function<Protocol, ProtocolResult> one) {
    return new SendResult(
        target,
        address,
        plan,
        settings.transport(),
        rehearsal,
        protocols.stream().map(one).toList());
  }

  private static Verdict unresolved(UnresolvedException e) {
    return Verdict.of(Outcome.UNRESOLVED, e.getMessage(), e.advice());
  }
}
