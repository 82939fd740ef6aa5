package io.dualport.client.check;

import io.dualport.client.check.CheckedProtocol.HalfClose;
import io.dualport.client.check.service.Service;
import io.dualport.client.message.Acknowledged;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.FiveTuple;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Zones;
import io.dualport.transport.SocketFacts;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A connection, a small message, a large one, a half-close, and what that says about the port. */
final class TcpCheck {
  private final Question question;
  private final Optional<ServiceStream> asked;
  private final SocketChannel connection;
  private final StreamConversation conversation;
  private final TcpVerdicts verdicts;

  private Long connectNanos;
  private Long fastestNanos;
  private Integer largest;
  private Integer pathMtu;
  private HalfClose halfClose;
  private Answer small;
  private Answer provoked;

  /**
   * @param service what is asked for; none for an echo
   * @param connection not connected; bound, unless the kernel is to choose the port at connect
   */
  TcpCheck(Question question, Optional<Service> service, SocketChannel connection, Inbox inbox) {
    this.question = question;
    this.asked = service.map(one -> new ServiceStream(question, one, connection, inbox));
    this.connection = connection;
    this.conversation = new StreamConversation(question, connection, inbox);
    this.verdicts = new TcpVerdicts(question);
  }

  /**
   * Connects and asks. Blocks, not longer than the timeout for each thing that is silent.
   *
   * @param synAnswered is run as soon as the SYN is answered, or will not be
   * @param alone whether nothing else of this check has been sent by now
   * @param othersDone blocks until nothing else of this check will be sent
   */
  CheckedProtocol run(Runnable synAnswered, BooleanSupplier alone, Runnable othersDone) {
    long start = System.nanoTime();
    Handshake handshake = Handshake.attempt(connection, question.remote());
    boolean isAlone = alone.getAsBoolean();
    synAnswered.run();
    Finding verdict;
    if (handshake.isOpen() && connection.localAddress().equals(question.remote())) {
      verdict = Refusals.connectedToItself(question);
    } else if (handshake.isOpen()) {
      connectNanos = handshake.nanos();
      verdict = asked.isPresent() ? ask(asked.get()) : judge();
    } else {
      verdict = notConnected(handshake, isAlone, othersDone);
    }
    long took = System.nanoTime() - start;
    return new CheckedProtocol(
        question.protocol(),
        question.remote().getAddress(),
        verdict,
        answeredBy(),
        took,
        connectNanos,
        fastestNanos,
        asked.isPresent() ? null : (Integer) question.largeBytes(),
        largest,
        pathMtu,
        halfClose,
        ours(),
        seen(),
        asked.map(stream -> stream.recognition().alternatives()).orElse(null),
        conversation.instances());
  }

  private Finding ask(ServiceStream stream) {
    Finding finding = stream.ask();
    pathMtu = pathMtu();
    fastestNanos = stream.tookNanos();
    return finding;
  }

  private Seen seen() {
    if (asked.isPresent()) {
      return Seen.of(asked.get().recognition().mapped());
    }
    return small == null ? null : Seen.of(small.stamp());
  }

  /** Null if not even a port was found. */
  private FiveTuple ours() {
    InetSocketAddress local = connection.localAddress();
    return local == null
        ? null
        : new FiveTuple(question.protocol(), Zones.named(local), question.remote());
  }

  private Finding notConnected(Handshake handshake, boolean alone, Runnable othersDone) {
    Throwable thrown = handshake.failure();
    long took = handshake.nanos();
    Unreachables icmp = handshake.icmp();
    if (Refusals.isNoNeighbour(question, Errno.of(thrown), icmp)) {
      return Refusals.noNeighbour(question);
    }
    if (thrown instanceof ConnectTimeoutException || Errno.of(thrown) == Errno.ETIMEDOUT) {
      return verdicts.noSynAck(took);
    }
    if (alone && icmp.isKnown() && icmp.sent() > 0) {
      return Refusals.ownReject(question, thrown);
    }
    Throwable cause = thrown;
    if (thrown instanceof NoRouteToHostException) {
      othersDone.run(); // lest one more SYN uses up what a router grants of ICMP
      cause = spelledOut();
      if (cause == null) {
        return Refusals.ofSynUnnamed(question, took);
      }
    }
    return switch (Errno.of(cause)) {
      case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT, EACCES ->
          Refusals.ofSyn(question, cause, took, Refusals.SynAnswer.of(icmp, alone));
      case ECONNRESET -> verdicts.resetAtOnce(cause, took);
      default -> Refusals.notConnected(question, cause);
    };
  }

  private Finding judge() {
    small = conversation.ask(question.smallBytes());
    pathMtu = pathMtu();
    if (small.kind() == Answer.Kind.NOTHING && small.position() == 0) {
      Acknowledged acknowledged = Acknowledged.now(connection);
      provoked = conversation.provoke();
      return verdicts.unanswered(small, acknowledged, provoked);
    }
    if (!small.isWhole()) {
      return verdicts.ofSmall(small);
    }
    largest = question.smallBytes();
    Answer last = timed();
    if (!last.isWhole()) {
      return verdicts.ofLater(last);
    }
    Answer large = null;
    if (question.largeBytes() > question.smallBytes()) {
      large = conversation.ask(question.largeBytes());
      pathMtu = pathMtu();
      if (!large.isWhole()) {
        return verdicts.ofLarge(large, pathMtu, Acknowledged.now(connection));
      }
      largest = question.largeBytes();
    }
    halfClose = halfClose();
    return verdicts.open(small, large, fastestNanos, halfClose);
  }

  private Answer timed() {
    fastestNanos = small.tookNanos();
    Answer answer = small;
    for (int i = 0; i < UdpCheck.TIMED_MESSAGES && answer.isWhole(); i++) {
      answer = conversation.ask(question.smallBytes());
      if (answer.isWhole()) {
        fastestNanos = Math.min(fastestNanos, answer.tookNanos());
      }
    }
    return answer;
  }

  private HalfClose halfClose() {
    Answer answer = conversation.askAndHalfClose(question.largeBytes());
    return switch (answer.kind()) {
      case WHOLE -> conversation.awaitFin();
      case ERROR -> HalfClose.RESET;
      default -> HalfClose.LOST;
    };
  }

  private Integer pathMtu() {
    int mtu = SocketFacts.pathMtu(connection);
    return mtu <= 0 ? null : (Integer) mtu;
  }

  /**
   * Netty's native transports throw the same for EHOSTUNREACH and ENETUNREACH. The JDK tells them
   * apart, so it is asked once more; null if that was not answered.
   */
  private Throwable spelledOut() {
    try (Socket again = new Socket()) {
      again.connect(
          question.remote(), (int) TimeUnit.NANOSECONDS.toMillis(question.timeoutNanos()));
      return null;
    } catch (SocketTimeoutException silent) {
      return null;
    } catch (IOException told) {
      return told;
    }
  }

  private String answeredBy() {
    if (asked.isPresent()) {
      return asked.get().answeredBy();
    }
    Answer told = provoked == null ? small : provoked;
    if (told == null || told.bytes().length == 0) {
      return null;
    }
    return told == provoked && told.isWhole()
        ? EchoKind.AN_ECHO
        : EchoKind.of(told, 0, new byte[0]);
  }
}
