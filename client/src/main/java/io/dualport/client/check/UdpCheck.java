package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.Zones;
import io.dualport.transport.SocketFacts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Small datagrams, then large ones, and what that says about the port. */
final class UdpCheck {
  private static final int SMALL_ATTEMPTS = 4;
  private static final int LARGE_ATTEMPTS = 5;
  private static final int SEARCH_ATTEMPTS = 2;

  /** A path that loses 2 % each way is found out by them nine times in ten. */
  private static final int LOSS_MESSAGES = 60;

  /**
   * Further small messages for the fastest round trip. With the first one and two larger ones they
   * are {@link Pace#BURST}.
   */
  static final int TIMED_MESSAGES = 2;

  private static final long SHORTEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int WAIT_ROUND_TRIPS = 8;
  private static final int ETHERNET_MTU = 1500;

  /** Receive buffers that servers are known to have. */
  private static final List<Integer> USUAL_LIMITS = List.of(512, 1024, 2048, 4096, 8192);

  private final Question question;
  private final DatagramPair sockets;
  private final DatagramConversation conversation;
  private final UdpVerdicts verdicts;

  private Answer small;
  private long fastestNanos;
  private Integer largest;
  private Integer pathMtu;
  private int cutAt;

  UdpCheck(Question question, DatagramPair sockets, Inbox inbox, Pace pace) {
    this.question = question;
    this.sockets = sockets;
    this.conversation = new DatagramConversation(question, sockets, inbox, pace);
    this.verdicts = new UdpVerdicts(question, sockets, conversation);
  }

  /** Asks until it is sure. Blocks, not longer than the timeout for each thing that is silent. */
  CheckedProtocol run() {
    long start = System.nanoTime();
    Finding verdict = judge();
    long took = System.nanoTime() - start;
    readPathMtu();
    return new CheckedProtocol(
        question.protocol(),
        question.remote().getAddress(),
        verdict,
        echoKind(),
        took,
        null,
        fastestNanos == 0 ? null : fastestNanos,
        question.largeBytes(),
        largest,
        pathMtu,
        null,
        new FiveTuple(
            question.protocol(),
            Zones.named((InetSocketAddress) sockets.connected().localAddress()),
            question.remote()),
        Seen.of(small.stamp()),
        null,
        conversation.instances());
  }

  private Finding judge() {
    long timeout = question.timeoutNanos();
    Unreachables before = Unreachables.now(question.remote().getAddress());
    small =
        conversation.ask(question.smallBytes(), SMALL_ATTEMPTS, timeout / SMALL_ATTEMPTS, timeout);
    sockets.hearFinalErrorsOnly();
    if (!small.isWhole()) {
      if (small.content() == Kind.CUT) {
        cutAt = small.position();
        largest = cutAt;
      }
      Unreachables icmp = Unreachables.now(question.remote().getAddress()).since(before);
      return verdicts.ofSmall(small, icmp);
    }
    fastestNanos = fastest();
    largest = question.smallBytes();
    readPathMtu();
    Answer last = small;
    for (int size : largerSizes()) {
      last = conversation.ask(size, LARGE_ATTEMPTS, waitNanos(), timeout);
      if (!last.isWhole()) {
        return ofLarge(last);
      }
      largest = size;
    }
    conversation.listenOn(waitNanos() / WAIT_ROUND_TRIPS);
    return verdicts.whole(small, last == small ? null : last, fastestNanos);
  }

  /** Whether it is the size, or loss, or a server that has stopped: a small one is asked again. */
  private Finding ofLarge(Answer large) {
    readPathMtu();
    switch (large.kind()) {
      case CUT -> {
        largest = search(large);
        return verdicts.damaged(large);
      }
      case NOTHING, ERROR, NOT_SENT -> {
        Answer again =
            conversation.ask(question.smallBytes(), SMALL_ATTEMPTS, waitNanos(), waitNanos());
        if (!again.isWhole()) {
          return verdicts.stopped(again);
        }
        lookForLoss();
        if (large.kind() == Kind.NOTHING
            && conversation.sent().missing(question.smallBytes()) > 0) {
          return verdicts.lossy(large, largest);
        }
        largest = search(large);
        return verdicts.largeLost(large, largest, pathMtu);
      }
      default -> {
        return verdicts.damaged(large);
      }
    }
  }

  /** Further small messages, until it is clear that some are lost, or hardly any. */
  private void lookForLoss() {
    for (int i = 0;
        i < LOSS_MESSAGES && conversation.sent().missing(question.smallBytes()) == 0;
        i++) {
      conversation.ask(question.smallBytes(), 1, waitNanos(), 0);
    }
  }

  /**
   * What fills one packet, and the largest that was asked for. A black hole loses the first, which
   * may not be fragmented, and lets the second through, which this host fragments itself.
   */
  private List<Integer> largerSizes() {
    int packet = question.payloadOf(pathMtu == null ? ETHERNET_MTU : pathMtu);
    return IntStream.of(packet, question.largeBytes())
        .filter(size -> size > question.smallBytes() && size <= question.largeBytes())
        .distinct()
        .boxed()
        .toList();
  }

  private long fastest() {
    long best = small.tookNanos();
    for (int i = 0; i < TIMED_MESSAGES; i++) {
      Answer answer = conversation.ask(question.smallBytes(), 1, waitNanos(), 0);
      if (answer.isWhole()) {
        best = Math.min(best, answer.tookNanos());
      }
    }
    return best;
  }

  private long waitNanos() {
    long several = WAIT_ROUND_TRIPS * Math.max(small.tookNanos(), fastestNanos);
    return Math.min(question.timeoutNanos(), Math.max(SHORTEST_WAIT_NANOS, several));
  }

  /** The largest size that makes the round trip: guesses first, then halving what is left. */
  private int search(Answer failed) {
    int good = largest;
    int bad = failed.sizeBytes();
    for (int guess : guesses(failed)) {
      for (int size = guess; size <= guess + 1; size++) {
        if (good < size && size < bad) {
          if (passes(size)) {
            good = size;
          } else {
            bad = size;
          }
        }
      }
    }
    while (bad - good > 1) {
      int middle = good + (bad - good) / 2;
      if (passes(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }

  private List<Integer> guesses(Answer failed) {
    List<Integer> guesses = new ArrayList<>();
    if (failed.kind() == Kind.CUT) {
      cutAt = failed.position();
      guesses.add(cutAt);
    } else {
      if (pathMtu != null) {
        guesses.add(question.payloadOf(pathMtu));
      }
      guesses.addAll(USUAL_LIMITS);
    }
    return guesses;
  }

  private boolean passes(int size) {
    Answer answer = conversation.ask(size, SEARCH_ATTEMPTS, waitNanos(), 0);
    if (answer.kind() == Kind.CUT) {
      cutAt = answer.position();
    }
    return answer.isWhole();
  }

  /** Asked late, since the kernel learns it from what we send. */
  private void readPathMtu() {
    int mtu = SocketFacts.pathMtu(sockets.connected());
    pathMtu = mtu == SocketFacts.UNKNOWN ? null : (Integer) mtu;
  }

  private String echoKind() {
    if (small.bytes() == null) {
      return null;
    }
    return EchoKind.of(small, cutAt, question.beginning(small.sizeBytes()));
  }
}
