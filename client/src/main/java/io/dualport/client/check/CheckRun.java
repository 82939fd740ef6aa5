package io.dualport.client.check;

import io.dualport.client.check.service.Service;
import io.dualport.client.target.Target;
import io.dualport.client.target.UnresolvedException;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One run of {@code check}: every address in turn, both protocols at once. */
final class CheckRun {
  /** A name with more addresses than that is checked at the first ones. */
  static final int MAX_ADDRESSES = 16;

  private static final long SHUTDOWN_TIMEOUT_MILLIS = 1000;

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
      Finding unresolved = Verdict.UNRESOLVED.because(e.getMessage(), e.advice());
      return result(
          everyProtocol(protocol -> CheckedProtocol.untried(protocol, null, unresolved)), 0);
    }
    List<InetAddress> checked = addresses.subList(0, Math.min(MAX_ADDRESSES, addresses.size()));
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, settings.transport().ioHandlerFactory());
    CheckSockets sockets =
        new CheckSockets(
            group, settings.transport(), settings.timeout(), settings.sourcePort() != 0);
    try {
      rehearse(sockets, checked);
      Pace pace = settings.service().at(target).isPresent() ? Pace.ofServices() : Pace.ofEchoes();
      List<CheckedProtocol> findings = new ArrayList<>();
      for (InetAddress address : checked) {
        findings.addAll(at(sockets, pace, address).run());
      }
      return result(findings, addresses.size() - checked.size());
    } finally {
      group
          .shutdownGracefully(0, SHUTDOWN_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
          .awaitUninterruptibly();
    }
  }

  /** Once for each IP version that is asked; the second costs next to nothing. */
  private void rehearse(CheckSockets sockets, List<InetAddress> checked) {
    checked.stream()
        .<InetAddress>map(
            address -> address instanceof Inet6Address ? NetUtil.LOCALHOST6 : NetUtil.LOCALHOST4)
        .distinct()
        .forEach(loopback -> new CheckWarmUp(sockets, protocols, loopback).play());
    if (protocols.contains(Protocol.TCP)) {
      settings
          .service()
          .at(target)
          .map(Service::insideTls)
          .filter(offered -> !offered.isEmpty())
          .ifPresent(Tls::rehearse);
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

  private AddressCheck at(CheckSockets sockets, Pace pace, InetAddress address) {
    InetSocketAddress remote = new InetSocketAddress(address, target.port());
    Map<Protocol, Question> questions = new EnumMap<>(Protocol.class);
    for (Protocol protocol : protocols) {
      questions.put(
          protocol,
          new Question(
              protocol,
              remote,
              target.host(),
              settings.sourcePort(),
              runId,
              settings.size(),
              settings.timeout().toNanos()));
    }
    return new AddressCheck(sockets, pace, questions, settings.service().at(target));
  }

  private List<CheckedProtocol> everyProtocol(Function<Protocol, CheckedProtocol> one) {
    return protocols.stream().map(one).toList();
  }

  private CheckResult result(List<CheckedProtocol> findings, int addressesLeftOut) {
    return new CheckResult(target, runId, settings, findings, addressesLeftOut);
  }
}
