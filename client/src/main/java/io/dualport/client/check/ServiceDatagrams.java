package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.check.service.Recognition;
import io.dualport.client.check.service.Service;
import io.dualport.client.check.service.ServiceQuestion;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Zones;
import io.dualport.report.Words;
import io.dualport.transport.SocketFacts;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Asks a service with datagrams, size by size, each at most three times, and judges by what it
 * recognises.
 */
final class ServiceDatagrams {
  /** A datagram gets lost now and then; a client of these services asks again, too. */
  static final int ATTEMPTS = 3;

  /** After a no, or something else, the right answer may still be on its way. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Question question;
  private final Service service;
  private final DatagramPair sockets;
  private final Inbox inbox;
  private final Pace pace;
  private final ServiceVerdicts verdicts;
  private final DatagramSizes sizes;

  /** Three of each size at most. */
  private final List<Sent> sent = new ArrayList<>();

  private Recognition recognition = Recognition.OTHER;
  private Long tookNanos;
  private Integer largestBytes;

  ServiceDatagrams(
      Question question, Service service, DatagramPair sockets, Inbox inbox, Pace pace) {
    this.question = question;
    this.service = service;
    this.sockets = sockets;
    this.inbox = inbox;
    this.pace = pace;
    this.verdicts = new ServiceVerdicts(question, service);
    this.sizes = new DatagramSizes(question, service, sockets);
  }

  /** One datagram that went out. */
  private record Sent(int size, ServiceQuestion asked, byte[] bytes, long nanos) {}

  /**
   * What became of one size.
   *
   * @param to the datagram it is about
   * @param recognition of what came; null if nothing did
   * @param came what came; null if nothing did
   * @param error what the kernel reported; null if nothing
   * @param isUnsent whether this machine did not send it
   */
  private record Reply(
      Sent to,
      Recognition recognition,
      Inbox.Datagram came,
      long tookNanos,
      Throwable error,
      boolean isUnsent) {
    boolean isFrom(InetSocketAddress remote) {
      return came != null && came.sender().equals(remote);
    }

    boolean isProvenFrom(InetSocketAddress remote) {
      return isFrom(remote) && recognition.isProven();
    }
  }

  /** Asks until it is sure. Blocks, not longer than the timeout for each size. */
  CheckedProtocol run() {
    long start = System.nanoTime();
    Finding finding = judge();
    long took = System.nanoTime() - start;
    int mtu = SocketFacts.pathMtu(sockets.connected());
    return new CheckedProtocol(
        question.protocol(),
        question.remote().getAddress(),
        finding,
        recognition.isProven() ? recognition.what() : verdicts.otherService(),
        took,
        null,
        tookNanos,
        null,
        largestBytes,
        mtu == SocketFacts.UNKNOWN ? null : (Integer) mtu,
        null,
        new FiveTuple(
            question.protocol(),
            Zones.named((InetSocketAddress) sockets.connected().localAddress()),
            question.remote()),
        Seen.of(recognition.mapped()),
        null,
        Set.of());
  }

  private Finding judge() {
    List<Integer> asked = sizes.asked();
    Unreachables before = Unreachables.now(question.remote().getAddress());
    int largest = asked.get(0);
    for (int size : asked) {
      if (tookNanos != null && sizes.fitting(size) <= largest) {
        break;
      }
      long start = System.nanoTime();
      Reply reply = ask(size, ATTEMPTS);
      if (!reply.isProvenFrom(question.remote())) {
        return tookNanos == null
            ? ofSmallest(reply, before, System.nanoTime() - start)
            : ofLarger(reply, largest);
      }
      sockets.hearFinalErrorsOnly();
      if (tookNanos == null) {
        recognition = reply.recognition();
        tookNanos = reply.tookNanos();
      }
      largest = reply.to().size();
      if (asked.size() > 1) {
        int bytes = Math.max(reply.to().bytes().length, reply.came().bytes().length);
        largestBytes = Math.max(bytes, largestBytes == null ? 0 : largestBytes);
      }
    }
    Finding open = verdicts.open("", asked.get(0), tookNanos, recognition.what());
    return largest == asked.get(0)
        ? open
        : Finding.open(
            open.evidence() + ", and so was " + service.asked(question.protocol(), largest));
  }

  private Reply ask(int wanted, int attempts) {
    Reply worse = null;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      int size = sizes.fitting(wanted);
      ServiceQuestion asked = service.over(question.protocol());
      byte[] bytes = asked.ask(size);
      pace.await();
      DatagramPair.Departure departure = sockets.send(Unpooled.wrappedBuffer(bytes));
      Sent one = new Sent(size, asked, bytes, departure.nanos());
      sent.add(one);
      if (departure.refusal() != null) {
        boolean isUnsent = !DatagramConversation.isFromTheNetwork(question, departure.refusal());
        return new Reply(one, null, null, 0, departure.refusal(), isUnsent);
      }
      Reply reply = listen(one, departure.nanos() + question.timeoutNanos() / attempts);
      if (reply.isProvenFrom(question.remote())) {
        return reply;
      }
      boolean isAnything = reply.came() != null || reply.error() != null;
      if (worse != null && (worse.came() != null || worse.error() != null)) {
        return worse; // the second attempt made nothing better
      }
      worse = isAnything || worse == null ? reply : worse;
    }
    return worse;
  }

  /** The right answer, else the first of what else came, else nothing. */
  private Reply listen(Sent one, long until) {
    long deadline = until;
    Reply worse = null;
    Inbox.Arrival arrival = inbox.await(deadline);
    for (; arrival != null; arrival = inbox.await(deadline)) {
      Reply reply = reply(one, arrival);
      if (reply != null && reply.isProvenFrom(question.remote())) {
        return reply;
      }
      if (reply != null && worse == null) {
        worse = reply;
        long patience = System.nanoTime() + PATIENCE_NANOS;
        deadline = patience - deadline < 0 ? patience : deadline;
      }
    }
    return worse != null ? worse : new Reply(one, null, null, 0, null, false);
  }

  /** Null for what says nothing about this size. */
  private Reply reply(Sent one, Inbox.Arrival arrival) {
    long took = Math.max(0, arrival.nanos() - one.nanos());
    if (arrival instanceof Inbox.Failure failure) {
      // EMSGSIZE is the news that the path carries less in one packet; the kernel cuts smaller.
      return Errno.of(failure.cause()) == Errno.EMSGSIZE
          ? null
          : new Reply(one, null, null, took, failure.cause(), false);
    }
    if (!(arrival instanceof Inbox.Datagram datagram) || !canBeTheirs(datagram.sender())) {
      return null;
    }
    Reply best = new Reply(one, Recognition.OTHER, datagram, took, null, false);
    for (Sent candidate : sent) {
      Recognition recognised = candidate.asked().recognise(datagram.bytes());
      if (recognised.kind().compareTo(best.recognition().kind()) <= 0
          && recognised.kind() != Recognition.Kind.OTHER) {
        long since = Math.max(0, datagram.nanos() - candidate.nanos());
        best = new Reply(candidate, recognised, datagram, since, null, false);
      }
    }
    boolean isLate = best.recognition().isProven() && best.to().size() != one.size();
    boolean isStranger =
        !datagram.sender().equals(question.remote()) && !best.recognition().isProven();
    return isLate || isStranger ? null : best;
  }

  /** Who answers from elsewhere shares the address or the port with the one that was dialled. */
  private boolean canBeTheirs(InetSocketAddress sender) {
    return sender.getPort() == question.remote().getPort()
        || sender.getAddress().equals(question.remote().getAddress());
  }

  private Finding ofSmallest(Reply reply, Unreachables before, long took) {
    int size = reply.to().size();
    if (reply.error() != null) {
      return refused(reply, before);
    }
    if (reply.came() == null) {
      return verdicts.silent(size, ATTEMPTS, took, sockets);
    }
    return of(reply);
  }

  /** Something came that is not the right answer from the right address. */
  private Finding of(Reply reply) {
    int size = reply.to().size();
    byte[] came = reply.came().bytes();
    if (!reply.isFrom(question.remote())) {
      recognition = reply.recognition();
      return verdicts.wrongSource(size, reply.came().sender(), reply.tookNanos());
    }
    if (came.length == 0) {
      return verdicts.empty(size, reply.tookNanos());
    }
    return reply.recognition().kind() == Recognition.Kind.INCOMPLETE
        ? verdicts.truncated(size, reply.tookNanos(), came.length)
        : verdicts.other("", size, reply.tookNanos(), reply.to().bytes(), came);
  }

  /** Whether it is the size, or a server that has stopped: the smaller one is asked again. */
  private Finding ofLarger(Reply reply, int largest) {
    if (reply.came() != null) {
      return of(reply);
    }
    int left = ATTEMPTS - (int) sent.stream().filter(one -> one.size() == largest).count();
    if (left > 0 && !ask(largest, left).isProvenFrom(question.remote())) {
      return verdicts.stopped(reply.to().size(), largest);
    }
    Errno errno = Errno.of(reply.error());
    return verdicts.largeLost(
        reply.to().size(),
        reply.isUnsent()
            ? "was refused by this machine"
            : reply.error() != null
                ? "was answered with ICMP"
                : "got no answer, asked " + Words.count(ATTEMPTS, "time"),
        largest,
        errno);
  }

  private Finding refused(Reply reply, Unreachables before) {
    Kind kind = reply.isUnsent() ? Kind.NOT_SENT : Kind.ERROR;
    Answer answer =
        new Answer(
            kind,
            kind,
            reply.to().bytes().length,
            1,
            null,
            0,
            null,
            reply.tookNanos(),
            null,
            reply.error());
    if (reply.isUnsent()) {
      return Refusals.notSent(question, answer);
    }
    Unreachables icmp = Unreachables.now(question.remote().getAddress()).since(before);
    return Refusals.isNoNeighbour(question, answer.errno(), icmp)
        ? Refusals.noNeighbour(question)
        : Refusals.ofDatagram(question, answer);
  }
}
