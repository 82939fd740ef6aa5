package io.dualport.client.check;

import io.dualport.client.check.service.Recognition;
import io.dualport.client.check.service.Recognition.Kind;
import io.dualport.client.check.service.Service;
import io.dualport.client.check.service.ServiceQuestion;
import io.dualport.client.message.Acknowledged;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.Protocol;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a service once over a connection that stands, and judges by what it recognises. */
final class ServiceStream {
  /** No answer to a question here is longer; what is, is something else. */
  private static final int LARGEST_ANSWER = 64 << 10;

  /** What else belongs to a sentence that is no answer, so that its speaker can be named. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Question question;
  private final Service service;
  private final SocketChannel connection;
  private final Inbox inbox;
  private final ServiceVerdicts verdicts;
  private final Optional<Tls> tls;
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  private Recognition recognition = Recognition.INCOMPLETE;
  private Inbox.Arrival end;
  private volatile long sentNanos;
  private long heardNanos;

  /**
   * @param connection not connected yet
   */
  ServiceStream(Question question, Service service, SocketChannel connection, Inbox inbox) {
    this.question = question;
    this.service = service;
    this.connection = connection;
    this.inbox = inbox;
    this.verdicts = new ServiceVerdicts(question, service);
    this.tls =
        service.insideTls().isEmpty()
            ? Optional.empty()
            : Optional.of(Tls.before(connection, question, service.insideTls()));
  }

  /**
   * Asks over the connection, which stands by now, and waits for the whole answer. Blocks, not
   * longer than the timeout for each silence.
   */
  Finding ask() {
    if (tls.isEmpty()) {
      return ask(service.over(Protocol.TCP), "");
    }
    Tls outside = tls.get();
    outside.await();
    if (outside.failure() == null) {
      return ask(service.insideTls(outside.agreed()), outside.text() + "; ");
    }
    Optional<String> alert = outside.alert();
    return alert.isPresent() && !outside.isOtherProtocol()
        ? refusedByAlert(alert.get())
        : verdicts.noTls(outside);
  }

  /** What answers, in words; null if nothing is known of it. */
  String answeredBy() {
    return recognition.isProven() ? recognition.what() : verdicts.otherService();
  }

  /** From the question to the end of its answer; null if there was none. */
  Long tookNanos() {
    return recognition.isProven() && heardNanos != 0
        ? (Long) Math.max(0, heardNanos - sentNanos)
        : null;
  }

  Recognition recognition() {
    return recognition;
  }

  private Finding ask(ServiceQuestion asked, String inside) {
    byte[] bytes = asked.ask(0);
    sentNanos = System.nanoTime();
    connection.eventLoop().execute(() -> send(bytes));
    long deadline = sentNanos + question.timeoutNanos();
    while (end == null && recognition.kind() == Kind.INCOMPLETE) {
      Inbox.Arrival arrival = inbox.await(deadline);
      if (arrival == null) {
        break;
      }
      take(arrival);
      recognition =
          heard.size() > LARGEST_ANSWER ? Recognition.OTHER : asked.recognise(heard.toByteArray());
    }
    return judge(bytes, inside);
  }

  /** On the event loop, which looks at the clock for what arrives as well. */
  private void send(byte[] bytes) {
    sentNanos = System.nanoTime();
    ChannelFuture written = connection.writeAndFlush(Unpooled.wrappedBuffer(bytes));
    written.addListener(sent -> Inbox.writeEnded(written));
  }

  private void take(Inbox.Arrival arrival) {
    if (arrival instanceof Inbox.Bytes bytes) {
      heardNanos = arrival.nanos();
      heard.writeBytes(bytes.bytes());
    } else {
      end = arrival;
    }
  }

  private Finding judge(byte[] asked, String inside) {
    if (recognition.isProven()) {
      String elsewhere = recognition.alternatives();
      return verdicts.open(
          inside,
          0,
          tookNanos(),
          recognition.what() + (elsewhere == null ? "" : ", Alt-Svc " + elsewhere));
    }
    if (recognition.kind() == Kind.OTHER) {
      awaitRest();
    }
    byte[] bytes = heard.toByteArray();
    if (verdicts.isKnownOther(asked, bytes) || recognition.kind() == Kind.OTHER) {
      return verdicts.other(inside, 0, heardNanos - sentNanos, asked, bytes);
    }
    if (end instanceof Inbox.Failure failure) {
      Optional<String> alert = Tls.alert(failure.cause());
      return alert.isEmpty()
          ? verdicts.reset(inside, bytes.length, failure.cause())
          : refusedByAlert(alert.get());
    }
    if (end != null) {
      return verdicts.closed(inside, bytes.length);
    }
    return verdicts.unanswered(inside, bytes.length, Acknowledged.now(connection));
  }

  private void awaitRest() {
    long deadline = System.nanoTime() + REST_NANOS;
    while (end == null && heard.size() <= LARGEST_ANSWER) {
      Inbox.Arrival arrival = inbox.await(deadline);
      if (arrival == null) {
        return;
      }
      take(arrival);
    }
  }

  /** A server that says no by TLS is there, as a DNS server that refuses is. */
  private Finding refusedByAlert(String alert) {
    recognition = Recognition.proven("TLS server (alert " + alert + ")");
    return verdicts.alert(alert);
  }
}
