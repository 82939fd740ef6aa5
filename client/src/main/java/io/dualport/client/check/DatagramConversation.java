package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.message.MessageSeries;
import io.dualport.kernel.Errno;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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

  /** A check sends dozens of messages, not more; its sizes need no more than that. */
  private final List<Sent> sent = new ArrayList<>();

  private final Set<Long> instances = new TreeSet<>();
  private InetSocketAddress elsewhere;
  private int elsewhereCount;
  private InetSocketAddress stranger;
  private int strangerCount;

  private static final class Sent {
    private final MessageSeries messages;
    private final int sequence;
    private final long nanos;
    private boolean answered;

    Sent(MessageSeries messages, int sequence, long nanos) {
      this.messages = messages;
      this.sequence = sequence;
      this.nanos = nanos;
    }

    int mismatch(ByteBuf echo, int length) {
      return messages.firstMismatch(sequence, echo, 0, length);
    }
  }

  DatagramConversation(Question question, DatagramPair sockets, Inbox inbox, Pace pace) {
    this.question = question;
    this.sockets = sockets;
    this.inbox = inbox;
    this.pace = pace;
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

  /** How many messages of a size were sent. */
  int sentCount(int size) {
    return (int) sent.stream().filter(message -> message.messages.size() == size).count();
  }

  /** How many messages of a size have not come back, or not yet. */
  int missingCount(int size) {
    return (int)
        sent.stream()
            .filter(message -> message.messages.size() == size && !message.answered)
            .count();
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
    Errno errno = Errno.of(refused);
    boolean ipv6 = question.remote().getAddress() instanceof Inet6Address;
    boolean fromTheNetwork =
        FROM_THE_NETWORK.contains(errno) || ipv6 && errno == Errno.EACCES; // ICMPv6 prohibited
    return failed(
        fromTheNetwork ? Kind.ERROR : Kind.NOT_SENT,
        messages.size(),
        attempt,
        System.nanoTime() - departure.nanos(),
        refused);
  }

  /** The best that comes until then; what is not the best shortens the wait. */
  private Answer listen(int first, int size, int attempt, long until) {
    long deadline = until;
    Answer worse = null;
    Inbox.Arrival arrival = inbox.await(deadline);
    for (; arrival != null; arrival = inbox.await(deadline)) {
      Answer answer = null;
      if (arrival instanceof Inbox.Datagram datagram) {
        answer = judge(datagram, first, size, attempt);
      } else if (arrival instanceof Inbox.Failure failure
          && Errno.of(failure.cause()) != Errno.EMSGSIZE) {
        // EMSGSIZE is the news that the path carries less in one packet; the kernel cuts smaller.
        long took = failure.nanos() - sent.get(sent.size() - 1).nanos;
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
  private Answer judge(Inbox.Datagram datagram, int first, int size, int attempt) {
    ByteBuf echo = Unpooled.wrappedBuffer(datagram.bytes());
    int length = datagram.bytes().length;
    boolean right = datagram.sender().equals(question.remote());
    Sent original = original(echo, first);
    if (original == null) {
      Sent late = original(echo, 0);
      if (late != null) {
        late.answered = true;
      } else if (!right) {
        stranger = stranger == null ? datagram.sender() : stranger;
        strangerCount++;
      }
      return right && late == null ? answer(Kind.STRANGE, datagram, 0, size, attempt, first) : null;
    }
    int wrongAt = original.mismatch(echo, Math.min(length, original.messages.size()));
    if (wrongAt == MessageSeries.NO_MISMATCH && length > original.messages.size()) {
      wrongAt = original.messages.size();
    }
    original.answered = true;
    int index = original.sequence;
    if (!right) {
      elsewhere = elsewhere == null ? datagram.sender() : elsewhere;
      elsewhereCount++;
      return answer(Kind.WRONG_SOURCE, datagram, 0, size, attempt, index);
    }
    if (wrongAt != MessageSeries.NO_MISMATCH) {
      return answer(Kind.WRONG, datagram, wrongAt, size, attempt, index);
    }
    Kind kind = length < original.messages.size() ? Kind.CUT : Kind.WHOLE;
    return answer(kind, datagram, length, size, attempt, index);
  }

  /**
   * The message that a datagram is the echo of: the one its header names, else the one that differs
   * least, in less than half of the bytes. Null if there is none from {@code first} on.
   */
  private Sent original(ByteBuf echo, int first) {
    Optional<Sent> named =
        Probe.get(echo, 0)
            .filter(probe -> probe.runId() == question.runId())
            .filter(probe -> probe.sequence() >= 0 && probe.sequence() < sent.size())
            .map(probe -> sent.get((int) probe.sequence()));
    if (named.isPresent()) {
      return named.get().sequence >= first ? named.get() : null;
    }
    Sent nearest = null;
    int fewest = Integer.MAX_VALUE;
    for (Sent candidate : sent.subList(first, sent.size())) {
      int length = Math.min(echo.readableBytes(), candidate.messages.size());
      int wrong = candidate.messages.differences(candidate.sequence, echo, 0, length);
      if (wrong < fewest && 2 * wrong < Math.max(1, length)) {
        fewest = wrong;
        nearest = candidate;
      }
    }
    return nearest;
  }

  private Answer answer(
      Kind kind, Inbox.Datagram datagram, int position, int size, int attempt, int index) {
    ByteBuf echo = Unpooled.wrappedBuffer(datagram.bytes());
    Stamp stamp =
        (kind == Kind.WHOLE || kind == Kind.WRONG_SOURCE && isWhole(echo, index))
                && sent.get(index).messages.hasHeader()
            ? MessageSeries.stamp(echo, 0).orElse(null)
            : null;
    if (stamp != null) {
      instances.add(stamp.instanceId());
    }
    InetSocketAddress sender = datagram.sender();
    long took = datagram.nanos() - sent.get(index).nanos;
    return new Answer(kind, size, attempt, datagram.bytes(), position, sender, took, stamp, null);
  }

  private boolean isWhole(ByteBuf echo, int index) {
    Sent original = sent.get(index);
    int size = original.messages.size();
    return echo.readableBytes() == size
        && original.mismatch(echo, size) == MessageSeries.NO_MISMATCH;
  }

  private static Answer failed(Kind kind, int size, int attempt, long tookNanos, Throwable cause) {
    return new Answer(kind, size, attempt, null, 0, null, tookNanos, null, cause);
  }

  private static Answer nothing(int size, int attempts, long waitedNanos) {
    return new Answer(Kind.NOTHING, size, attempts, null, 0, null, waitedNanos, null, null);
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }
}
