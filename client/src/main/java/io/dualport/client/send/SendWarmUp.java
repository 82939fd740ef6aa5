package io.dualport.client.send;

import io.dualport.client.message.Acknowledged;
import io.dualport.client.message.MessageSeries;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Plays the exchanges once before the real ones, on loopback sockets that are connected to
 * themselves. The first messages through a fresh JVM wait up to a hundred milliseconds for classes
 * to be loaded, and without this that would be reported as the network's round-trip time.
 */
final class SendWarmUp {
  /** More than {@link #ENOUGH_ECHOES}, so that it ends without FIN and leaves no TIME_WAIT. */
  private static final int MESSAGES = 10_000;

  private static final int ENOUGH_ECHOES = 64;
  private static final int MAX_SIZE = 512;

  /** A machine that is too slow for that, or has no loopback, does without. */
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final ExchangeSockets sockets;
  private final SendPlan plan;
  private final long startNanos = System.nanoTime();

  SendWarmUp(ExchangeSockets sockets, SendPlan real) {
    this.sockets = sockets;
    this.plan =
        new SendPlan(
            real.runId(),
            MESSAGES,
            Math.max(1, Math.min(real.size(), MAX_SIZE)),
            0,
            LIMIT_NANOS,
            0,
            real.stampWanted());
  }

  /**
   * Plays; what goes wrong here has no consequence. Blocks.
   *
   * @return what became of each protocol's messages, which this machine's kernel counted like any
   *     others; empty if there was no socket to be had
   */
  Map<Protocol, ExchangeCounts> play(List<Protocol> protocols) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    InetSocketAddress nowhere = new InetSocketAddress(loopback, 0);
    SharedSourcePort port =
        new SharedSourcePort(
            loopback, nowhere, protocol -> sockets.unbound(protocol, loopback, LIMIT_NANOS));
    try {
      Map<Protocol, Channel> bound = port.bind(protocols, 0);
      return bound.entrySet().stream()
          .map(socket -> start(socket.getKey(), socket.getValue()))
          .toList()
          .stream()
          .map(exchange -> exchange.result().join())
          .collect(Collectors.toMap(ProtocolResult::protocol, ProtocolResult::counts));
    } catch (SourcePortException e) {
      return Map.of(); // the real exchange will have something to say about it
    }
  }

  private Exchange start(Protocol protocol, Channel bound) {
    InetSocketAddress itself = (InetSocketAddress) bound.localAddress();
    Exchange exchange = Exchange.of(new Diagnosis(protocol, itself, plan), line -> {});
    if (protocol == Protocol.TCP) {
      bound.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    sockets.connect(exchange, bound);
    bound
        .eventLoop()
        .execute(
            () -> {
              readStamp(protocol, itself);
              look(exchange);
            });
    return exchange;
  }

  private void look(Exchange exchange) {
    boolean enough = exchange.flight.counts().echoed() >= ENOUGH_ECHOES;
    if (enough || System.nanoTime() - startNanos > LIMIT_NANOS) {
      exchange.finish(exchange.diagnosis.silent(exchange.flight, Acknowledged.UNKNOWN));
    } else {
      exchange.later(LOOK_NANOS, () -> look(exchange));
    }
  }

  /** A socket that hears itself gets no stamp. */
  private void readStamp(Protocol protocol, InetSocketAddress itself) {
    SendPlan one = new SendPlan(plan.runId(), 1, Probe.HEADER_BYTES, 0, 0, 0, true);
    MessageSeries messages = one.messages(protocol, 0);
    ByteBuf message = messages.message(0);
    new Stamp(1, new FiveTuple(protocol, itself, itself), 0, 1).set(message, Probe.STAMP_OFFSET);
    messages.firstMismatch(0, message, 0, Probe.HEADER_BYTES);
    MessageSeries.stamp(message, 0);
  }
}
