package io.dualport.client.check;

import io.dualport.client.target.Route;
import io.dualport.client.target.SharedSourcePort;
import io.dualport.client.target.SourcePortException;
import io.dualport.client.target.Target;
import io.dualport.client.target.UnresolvedException;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** One run of {@code check}: every address in turn, both protocols at once. */
final class CheckRun {
  /** A name with more addresses than that is checked at the first ones. */
  static final int MAX_ADDRESSES = 16;

  private static final long SHUTDOWN_TIMEOUT_MILLIS = 1000;

  /**
   * Datagrams wait this long for the SYN's answer, so that an ICMP message at that time belongs to
   * it.
   */
  private static final long SYN_FIRST_MILLIS = 250;

  /** The largest datagrams, several of them; Linux cuts it to net.core.rmem_max without a word. */
  private static final int RECEIVE_BUFFER_BYTES = 1 << 20;

  private final Target target;
  private final CheckSettings settings;
  private final List<Protocol> protocols;
  private final long runId = ThreadLocalRandom.current().nextLong();

  CheckRun(Target target, CheckSettings settings) {
    this.target = target;
    this.settings = settings;
    this.protocols = settings.protocol().protocols();
  }

  /** Checks all and waits for all. Blocks; not for an event loop. */
  CheckResult run() {
    List<InetAddress> addresses;
    try {
      addresses = addresses();
    } catch (UnresolvedException e) {
      Verdict unresolved = Verdict.of(Judgement.UNTRIED, e.getMessage(), e.advice());
      return result(everyProtocol(protocol -> Finding.untried(protocol, null, unresolved)), 0);
    }
    List<InetAddress> checked = addresses.subList(0, Math.min(MAX_ADDRESSES, addresses.size()));
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, settings.transport().ioHandlerFactory());
    try {
      List<Finding> findings = new ArrayList<>();
      for (InetAddress address : checked) {
        findings.addAll(check(group, address));
      }
      return result(findings, addresses.size() - checked.size());
    } finally {
      group
          .shutdownGracefully(0, SHUTDOWN_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
          .awaitUninterruptibly();
    }
  }

  private List<InetAddress> addresses() throws UnresolvedException {
    List<InetAddress> addresses =
        target.resolveAll(settings.timeout()).stream().filter(settings.family()::has).toList();
    if (addresses.isEmpty()) {
      throw new UnresolvedException(
          target.host() + " has no address of this --family", "--family any", null);
    }
    return addresses;
  }

  private List<Finding> check(EventLoopGroup group, InetAddress address) {
    InetSocketAddress remote = new InetSocketAddress(address, target.port());
    InetAddress local;
    try {
      local = Route.sourceFor(remote);
    } catch (IOException e) {
      Verdict noRoute = Refusals.untried(e, "no route to " + Endpoint.text(address));
      return everyProtocol(protocol -> Finding.untried(protocol, address, noRoute));
    }
    Map<Protocol, Inbox> inboxes = new EnumMap<>(Protocol.class);
    protocols.forEach(protocol -> inboxes.put(protocol, new Inbox()));
    Function<Protocol, Bootstrap> sockets =
        protocol -> unbound(group, protocol, local, inboxes.get(protocol));
    Map<Protocol, Channel> bound;
    try {
      bound = new SharedSourcePort(local, remote, sockets).bind(protocols, settings.sourcePort());
    } catch (SourcePortException e) {
      Verdict busy = Refusals.untried(e, e.getMessage());
      return everyProtocol(protocol -> Finding.untried(protocol, address, busy));
    }
    return check(remote, bound, inboxes, sockets);
  }

  private List<Finding> check(
      InetSocketAddress remote,
      Map<Protocol, Channel> bound,
      Map<Protocol, Inbox> inboxes,
      Function<Protocol, Bootstrap> sockets) {
    CountDownLatch synAnswered = new CountDownLatch(bound.containsKey(Protocol.TCP) ? 1 : 0);
    AtomicBoolean datagramsSent = new AtomicBoolean();
    CountDownLatch datagramsDone = new CountDownLatch(bound.containsKey(Protocol.UDP) ? 1 : 0);
    Map<Protocol, CompletableFuture<Finding>> running = new EnumMap<>(Protocol.class);
    bound.forEach(
        (protocol, channel) -> {
          Question question =
              new Question(protocol, remote, runId, settings.size(), settings.timeout().toNanos());
          Inbox inbox = inboxes.get(protocol);
          CompletableFuture<Finding> finding = new CompletableFuture<>();
          running.put(protocol, finding);
          Thread thread =
              new Thread(
                  () -> {
                    try {
                      finding.complete(
                          switch (protocol) {
                            case TCP ->
                                tcp(
                                    question,
                                    channel,
                                    inbox,
                                    synAnswered,
                                    datagramsSent,
                                    datagramsDone);
                            case UDP ->
                                udp(
                                    question,
                                    channel,
                                    inbox,
                                    sockets.apply(protocol),
                                    synAnswered,
                                    datagramsSent);
                          });
                    } catch (RuntimeException | Error e) {
                      finding.completeExceptionally(e);
                    } finally {
                      if (protocol == Protocol.UDP) {
                        datagramsDone.countDown();
                      }
                    }
                  },
                  "check-" + protocol.label());
          thread.setDaemon(true);
          thread.start();
        });
    return everyProtocol(protocol -> running.get(protocol).join());
  }

  private static Finding tcp(
      Question question,
      Channel channel,
      Inbox inbox,
      CountDownLatch synAnswered,
      AtomicBoolean datagramsSent,
      CountDownLatch datagramsDone) {
    FiveTuple ours = fiveTuple(question, channel);
    try {
      return new TcpCheck(question, (SocketChannel) channel, inbox, ours)
          .run(synAnswered::countDown, () -> !datagramsSent.get(), () -> await(datagramsDone));
    } finally {
      synAnswered.countDown();
      channel.close().awaitUninterruptibly();
    }
  }

  private static Finding udp(
      Question question,
      Channel channel,
      Inbox inbox,
      Bootstrap another,
      CountDownLatch synAnswered,
      AtomicBoolean datagramsSent) {
    FiveTuple ours = fiveTuple(question, channel);
    try (DatagramPair pair = DatagramPair.of(channel, another, question.remote())) {
      synAnswered.await(SYN_FIRST_MILLIS, TimeUnit.MILLISECONDS);
      datagramsSent.set(true);
      return new UdpCheck(question, pair, inbox, ours).run();
    } catch (IOException e) {
      Verdict untried = Refusals.untried(e, e.getMessage());
      return Finding.untried(question.protocol(), question.remote().getAddress(), untried);
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

  private static FiveTuple fiveTuple(Question question, Channel channel) {
    return new FiveTuple(
        question.protocol(), (InetSocketAddress) channel.localAddress(), question.remote());
  }

  private Bootstrap unbound(
      EventLoopGroup group, Protocol protocol, InetAddress local, Inbox inbox) {
    Bootstrap bootstrap = new Bootstrap().group(group).handler(inbox.handler());
    switch (protocol) {
      case TCP -> {
        bootstrap
            .channelFactory(settings.transport().connections(local))
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.timeout().toMillis());
        if (settings.sourcePort() != 0) {
          bootstrap.option(ChannelOption.SO_REUSEADDR, true);
        }
      }
      case UDP ->
          bootstrap
              .channelFactory(settings.transport().datagrams(local))
              .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    }
    return bootstrap;
  }

  private List<Finding> everyProtocol(Function<Protocol, Finding> one) {
    return protocols.stream().map(one).toList();
  }

  private CheckResult result(List<Finding> findings, int addressesLeftOut) {
    return new CheckResult(target, runId, settings, findings, addressesLeftOut);
  }
}
