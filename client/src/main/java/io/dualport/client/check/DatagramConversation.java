package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.check.SentDatagrams.Sent;
import io.dualport.client.check.service.KnownAnswers;
import io.dualport.client.message.MessageSeries;
import io.dualport.kernel.Errno;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Asks with datagrams and tells what became of them. Datagrams get lost, so a question is asked
 * several times before "nothing came back" is an answer.
 */
final class DatagramConversation {
  /** After a no, or a reply from elsewhere, the right reply may still be on its way. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final Set<Errno> FROM_THE_NETWORK =
      EnumSet.of(Errno.ECONNREFUSED, Errno.EHOSTUNREACH, Errno.ENETUNREACH, Errno.ENOPROTOOPT);

  private final Question question;
  private final DatagramPair sockets;
  private final Inbox inbox;
  private final Pace pace;

  private final SentDatagrams sent;

  private final Set<Long> instances = new TreeSet<>();
  private InetSocketAddress elsewhere;
  private int elsewhereCount;
  private InetSocketAddress stranger;
  private int strangerCount;

  DatagramConversation(Question question, DatagramPair sockets, Inbox inbox, Pace pace) {
    this.question = question;
    this.sockets = sockets;
    this.inbox = inbox;
    this.pace = pace;
    this.sent = new SentDatagrams(question.runId());
  }

  /**
   * Sends messages of one size until one is answered.
   *
   * @param attempts how many at most
   * @param waitNanos from one to the next
   * @param totalNanos how long the last one waits at least, counted from the first
   */
  Answer ask(int size, int attempts, long waitNanos, long totalNanos) {
    MessageSeries messages = question.messages(size);
    int first = sent.size();
    long start = System.nanoTime();
    Answer worse = null;
    for (int attempt = 1; attempt <= attempts; attempt++) {
      Answer unsent = send(messages, attempt);
      if (unsent != null) {
        return unsent;
      }
      long deadline = System.nanoTime() + waitNanos;
      if (attempt == attempts && deadline - (start + totalNanos) < 0) {
        deadline = start + totalNanos;
      }
      if (worse != null) {
        deadline = earlier(deadline, System.nanoTime() + PATIENCE_NANOS);
      }
      Answer answer = listen(first, messages.size(), attempt, deadline);
      if (answer.kind().compareTo(Kind.WRONG_SOURCE) < 0 || worse != null) {
        return answer.kind().compareTo(Kind.WRONG_SOURCE) < 0 ? answer : worse;
      }
      worse = answer.kind() == Kind.NOTHING ? null : answer;
    }
    return worse != null ? worse : nothing(size, attempts, System.nanoTime() - start);
  }

  /** What was sent by now, and how often each of it came back. */
  SentDatagrams sent() {
    return sent;
  }

  /** Hears what still comes for a while, such as the second echo of the last message. */
  void listenOn(long nanos) {
    long deadline = System.nanoTime() + nanos;
    Inbox.Arrival arrival = inbox.await(deadline);
    for (; arrival != null; arrival = inbox.await(deadline)) {
      if (arrival instanceof Inbox.Datagram datagram) {
        sent.original(Unpooled.wrappedBuffer(datagram.bytes()), 0).ifPresent(Sent::cameBack);
      }
    }
  }

  /** The ids of the servers that stamped an echo. */
  Set<Long> instances() {
    return instances;
  }

  /** The first other address that an echo of ours came from; null if there was none. */
  InetSocketAddress elsewhere() {
    return elsewhere;
  }

  int elsewhereCount() {
    return elsewhereCount;
  }

  /** The first other address that sent something unlike anything of ours; null if none did. */
  InetSocketAddress stranger() {
    return stranger;
  }

  int strangerCount() {
    return strangerCount;
  }

  /** Null if it was sent. */
  private Answer send(MessageSeries messages, int attempt) {
    int sequence = sent.size();
    pace.await();
    DatagramPair.Departure departure = sockets.send(messages.message(sequence));
    sent.add(new Sent(messages, sequence, departure.nanos()));
    Throwable refused = departure.refusal();
    if (refused == null) {
      return null;
    }
    // The kernel reports an ICMP error at the next call, which can be this one.
    return failed(
        isFromTheNetwork(question, refused) ? Kind.ERROR : Kind.NOT_SENT,
        messages.size(),
        attempt,
        System.nanoTime() - departure.nanos(),
        refused);
  }

  /** Whether an error of a send came from the network; else this machine refused. */
  static boolean isFromTheNetwork(Question question, Throwable refused) {
    Errno errno = Errno.of(refused);
    return FROM_THE_NETWORK.contains(errno)
        || question.isIpv6() && errno == Errno.EACCES; // ICMPv6 prohibited
  }

  /** The best that comes until then; what is not the best shortens the wait. */
  private Answer listen(int first, int size, int attempt, long until) {
    long deadline = until;
    Answer worse = null;
    Inbox.Arrival arrival = inbox.await(deadline);
    for (; arrival != null; arrival = inbox.await(deadline)) {
      Answer answer = null;
      if (arrival instanceof Inbox.Datagram datagram) {
        answer = judge(datagram, first, attempt);
      } else if (arrival instanceof Inbox.Failure failure
          && Errno.of(failure.cause()) != Errno.EMSGSIZE) {
        // EMSGSIZE is the news that the path carries less in one packet; the kernel cuts smaller.
        int asked = sent.latestBefore(failure.nanos(), first);
        long took = Math.max(0, failure.nanos() - sent.get(asked).nanos());
        answer = failed(Kind.ERROR, size, attempt, took, failure.cause());
      }
      if (answer != null && answer.kind().compareTo(Kind.WRONG_SOURCE) < 0) {
        return answer;
      }
      if (answer != null && worse == null) {
        worse = answer;
        deadline = earlier(deadline, System.nanoTime() + PATIENCE_NANOS);
      }
    }
    return worse != null ? worse : nothing(size, attempt, 0);
  }

  /** Null for what is no answer to this question. */
  private Answer judge(Inbox.Datagram datagram, int first, int attempt) {
    ByteBuf echo = Unpooled.wrappedBuffer(datagram.bytes());
    boolean right = datagram.sender().equals(question.remote());
    Sent original = sent.original(echo, first).orElse(null);
    if (original == null) {
      Optional<Sent> late = sent.original(echo, 0);
      late.ifPresent(Sent::cameBack);
      return late.isPresent() ? null : unlike(datagram, right, first, attempt);
    }
    original.cameBack();
    int length = datagram.bytes().length;
    int wanted = original.size();
    int wrongAt = original.mismatch(echo, Math.min(length, wanted));
    if (wrongAt == MessageSeries.NO_MISMATCH && length > wanted) {
      wrongAt = wanted;
    }
    boolean wrong = wrongAt != MessageSeries.NO_MISMATCH;
    // A DNS server sends most of what it cannot read back.
    boolean isOther =
        wrong && KnownAnswers.of(question.beginning(wanted), datagram.bytes()).isPresent();
    Kind content =
        isOther ? Kind.STRANGE : wrong ? Kind.WRONG : length < wanted ? Kind.CUT : Kind.WHOLE;
    if (!right) {
      elsewhere = elsewhere == null ? datagram.sender() : elsewhere;
      elsewhereCount++;
    }
    Kind kind = right ? content : Kind.WRONG_SOURCE;
    int position = wrong ? wrongAt : length;
    return answer(kind, content, datagram, position, attempt, original.sequence());
  }

  /**
   * A server that answers with something else from its other address is told from a stranger by
   * what it shares with the one that was dialled: the port, or the address.
   */
  private Answer unlike(Inbox.Datagram datagram, boolean right, int first, int attempt) {
    int asked = sent.latestBefore(datagram.nanos(), first);
    if (right) {
      return answer(Kind.STRANGE, Kind.STRANGE, datagram, 0, attempt, asked);
    }
    stranger = stranger == null ? datagram.sender() : stranger;
    strangerCount++;
    InetSocketAddress dialled = question.remote();
    return datagram.sender().getPort() == dialled.getPort()
            || datagram.sender().getAddress().equals(dialled.getAddress())
        ? answer(Kind.WRONG_SOURCE, Kind.STRANGE, datagram, 0, attempt, asked)
        : null;
  }

  private Answer answer(
      Kind kind, Kind content, Inbox.Datagram datagram, int position, int attempt, int index) {
    ByteBuf echo = Unpooled.wrappedBuffer(datagram.bytes());
    Stamp stamp =
        content == Kind.WHOLE && sent.get(index).hasHeader()
            ? MessageSeries.stamp(echo, 0).orElse(null)
            : null;
    if (stamp != null) {
      instances.add(stamp.instanceId());
    }
    return new Answer(
        kind,
        content,
        sent.get(index).size(),
        attempt,
        datagram.bytes(),
        position,
        datagram.sender(),
        Math.max(0, datagram.nanos() - sent.get(index).nanos()),
        stamp,
        null);
  }

  private static Answer failed(Kind kind, int size, int attempt, long tookNanos, Throwable cause) {
    return new Answer(kind, kind, size, attempt, null, 0, null, tookNanos, null, cause);
  }

  private static Answer nothing(int size, int attempts, long waitedNanos) {
    return new Answer(
        Kind.NOTHING, Kind.NOTHING, size, attempts, null, 0, null, waitedNanos, null, null);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }
}
