package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.client.target.NoRouteException;
import io.dualport.client.target.Route;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Both protocols at one address, each on a thread of its own, and what one owes to the other. */
final class AddressCheck {
  /**
   * Datagrams wait this long for the SYN's answer, so that an ICMP message at that time belongs to
   * it.
   */
  private static final long SYN_FIRST_MILLIS = 250;

  private final CheckSockets sockets;
  private final Pace pace;
  private final InetSocketAddress remote;
  private final int sourcePort;
  private final Map<Protocol, Question> questions;
  private final Optional<Service> service;
  private final Map<Protocol, Inbox> inboxes = new EnumMap<>(Protocol.class);
  private final Map<Protocol, CompletableFuture<CheckedProtocol>> findings =
      new EnumMap<>(Protocol.class);
  private final CountDownLatch synAnswered = new CountDownLatch(1);
  private final AtomicBoolean datagramsSent = new AtomicBoolean();
  private final CountDownLatch datagramsDone = new CountDownLatch(1);

  /**
   * @param questions one for each protocol that is asked, all to the same address and port
   * @param service what is asked for; none for an echo
   */
  AddressCheck(
      CheckSockets sockets,
      Pace pace,
      Map<Protocol, Question> questions,
      Optional<Service> service) {
    this.service = service;
    this.sockets = sockets;
    this.pace = pace;
    this.questions = questions;
    Question any = questions.values().iterator().next();
    this.remote = any.remote();
    this.sourcePort = any.sourcePort();
    for (Protocol protocol : questions.keySet()) {
      inboxes.put(protocol, new Inbox());
      findings.put(protocol, new CompletableFuture<>());
    }
  }

  /** Asks on all of them at once and waits for all. Blocks. */
  List<CheckedProtocol> run() {
    Map<Protocol, Channel> opened = open();
    if (!opened.containsKey(Protocol.TCP)) {
      synAnswered.countDown();
    }
    if (!opened.containsKey(Protocol.UDP)) {
      datagramsDone.countDown();
    }
    opened.forEach(
        (protocol, channel) ->
            start(protocol, () -> protocol == Protocol.TCP ? tcp(channel) : udp(channel)));
    List<CheckedProtocol> found = findings.values().stream().map(CompletableFuture::join).toList();
    return service.isPresent()
        ? OtherProtocol.told(service.get(), remote, found)
        : OtherProtocol.ofEcho(found);
  }

  /** The sockets that could be had, from one source port if possible; the others are untried. */
  private Map<Protocol, Channel> open() {
    InetAddress local;
    try {
      local = Route.sourceOrAny(remote);
    } catch (NoRouteException e) {
      questions.forEach(
          (p, question) -> findings.get(p).complete(question.untried(Refusals.noRoute(e))));
      return Map.of();
    } catch (IOException e) {
      questions
          .keySet()
          .forEach(p -> untried(p, e, "a route to " + Endpoint.text(remote.getAddress())));
      return Map.of();
    }
    SharedSourcePort ports =
        new SharedSourcePort(
            local, remote, protocol -> sockets.unbound(protocol, local, inboxes.get(protocol)));
    try {
      return ports.bind(List.copyOf(questions.keySet()), sourcePort);
    } catch (SourcePortException e) {
      if (sourcePort == 0 && e.isUsedUp()) {
        return openEach(ports);
      }
      questions.keySet().forEach(protocol -> untried(protocol, e, e.getMessage()));
      return Map.of();
    }
  }

  private Map<Protocol, Channel> openEach(SharedSourcePort ports) {
    Map<Protocol, Channel> opened = new EnumMap<>(Protocol.class);
    for (Protocol protocol : questions.keySet()) {
      try {
        opened.put(protocol, ports.alone(protocol));
      } catch (SourcePortException e) {
        untried(
            protocol, e, e.isUsedUp() ? "no source port is left for " + protocol : e.getMessage());
      }
    }
    return opened;
  }

  private void untried(Protocol protocol, Throwable cause, String what) {
    Question question = questions.get(protocol);
    findings.get(protocol).complete(question.untried(Refusals.untried(question, cause, what)));
  }

  private void start(Protocol protocol, Supplier<CheckedProtocol> check) {
    CompletableFuture<CheckedProtocol> finding = findings.get(protocol);
    Thread thread =
        new Thread(
            () -> {
              try {
                finding.complete(check.get());
              } catch (RuntimeException | Error e) {
                finding.completeExceptionally(e);
              } finally {
                (protocol == Protocol.TCP ? synAnswered : datagramsDone).countDown();
              }
            },
            "check-" + protocol.label());
    thread.setDaemon(true);
    thread.start();
  }

  private CheckedProtocol tcp(Channel channel) {
    Question question = questions.get(Protocol.TCP);
    try {
      return new TcpCheck(question, service, (SocketChannel) channel, inboxes.get(Protocol.TCP))
          .run(synAnswered::countDown, () -> !datagramsSent.get(), () -> await(datagramsDone));
    } finally {
      channel.close().awaitUninterruptibly();
    }
  }

  private CheckedProtocol udp(Channel channel) {
    Question question = questions.get(Protocol.UDP);
    Inbox inbox = inboxes.get(Protocol.UDP);
    InetAddress local = ((InetSocketAddress) channel.localAddress()).getAddress();
    Bootstrap another = sockets.unbound(Protocol.UDP, local, inbox);
    try (DatagramPair pair = DatagramPair.of(channel, another, remote)) {
      synAnswered.await(SYN_FIRST_MILLIS, TimeUnit.MILLISECONDS);
      datagramsSent.set(true);
      return service.isPresent()
          ? new ServiceDatagrams(question, service.get(), pair, inbox, pace).run()
          : new UdpCheck(question, pair, inbox, pace).run();
    } catch (IOException e) {
      return question.untried(Refusals.untried(question, e, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while checking", e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
