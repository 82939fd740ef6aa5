package io.dualport.client.check;

import io.dualport.client.check.service.KnownAnswers;
import io.dualport.client.check.service.Service;
import io.dualport.client.message.Acknowledged;
import io.dualport.client.message.Preview;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Suspicions;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.kernel.Neighbours;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Turns what a service said, or did not say, into a verdict with its evidence and advice. */
final class ServiceVerdicts {
  private static final String NO_BACKEND =
      "a load balancer or proxy without a backend; a server that wants a PROXY protocol header"
          + " first; the server's log";

  private static final String CLOSES =
      NO_BACKEND + "; a service that closes at what it does not know (--as asks for another)";

  private static final String ANOTHER =
      "the right address and port; --as asks for another service (--as list)";

  private static final String REFUSED_TLS =
      "a TLS server so old that this Java refuses it (jdk.tls.disabledAlgorithms in its"
          + " java.security), or something on the way that breaks TLS; another service";

  private final Question question;
  private final Service service;
  private String otherService;

  ServiceVerdicts(Question question, Service service) {
    this.question = question;
    this.service = service;
  }

  /** Which other service was found; null if none that has a name. */
  String otherService() {
    return otherService;
  }

  /**
   * The service answers.
   *
   * @param inside what the question went through, with its separator; empty for nothing
   * @param size as of {@link Service#datagramSizes}
   */
  Finding open(String inside, int size, long tookNanos, String what) {
    return Finding.open(
        inside + asked(size) + " was answered in " + Durations.text(tookNanos) + " by " + what);
  }

  /** TLS itself was refused. */
  Finding alert(String alert) {
    return Finding.open(
        "a TLS handshake was answered with the alert "
            + alert
            + ": a TLS server, which may want another name, version or a client's certificate");
  }

  /** Whether what came is known to be another service's. */
  boolean isKnownOther(byte[] asked, byte[] came) {
    return came.length > 0 && KnownAnswers.of(asked, came).isPresent();
  }

  /** Something came that is no answer. */
  Finding other(String inside, int size, long tookNanos, byte[] asked, byte[] came) {
    return other(inside + asked(size), tookNanos, asked, came);
  }

  private Finding other(String what, long tookNanos, byte[] asked, byte[] came) {
    Optional<ProxyHeader> proxy = ProxyHeader.at(Unpooled.wrappedBuffer(came), 0);
    String known = KnownAnswers.of(asked, came).orElse(null);
    boolean isOther = known != null && !service.isKnownAs(known);
    otherService = isOther ? known : null;
    String evidence =
        Words.format(
            "%s was answered after %s with %s: ",
            what,
            Durations.text(Math.max(0, tookNanos)),
            proxy.isPresent()
                ? proxy.get().text()
                : Words.count(came.length, "byte") + ", " + Preview.of(came));
    if (isOther) {
      return Verdict.OTHER_SERVICE.because(
          evidence + "that is " + known, proxy.isPresent() ? ProxyHeader.ADVICE : ANOTHER);
    }
    return known == null
        ? Verdict.CORRUPTED.because(evidence + service.missed(), ANOTHER)
        : Verdict.CORRUPTED.because(
            evidence + "that is " + known + ", but " + service.missed(),
            "what mixes up or rewrites answers on the way; the server's log");
  }

  /** An empty datagram came. */
  Finding empty(int size, long tookNanos) {
    return Verdict.CORRUPTED.because(
        asked(size)
            + " was answered after "
            + Durations.text(tookNanos)
            + " with an empty datagram",
        "a relay or load balancer whose backend is gone (nginx's stream module answers so)");
  }

  /** The beginning of a right answer came, and no more (UDP). */
  Finding truncated(int size, long tookNanos, int bytes) {
    return Verdict.TRUNCATED.because(
        Words.format(
            "%s was answered after %s with the first %s of an answer",
            asked(size), Durations.text(tookNanos), Words.count(bytes, "byte")),
        "a relay or load balancer that cuts datagrams at " + Words.count(bytes, "byte"));
  }

  /** The connection was reset. */
  Finding reset(String inside, int bytes, Throwable cause) {
    return Verdict.RESET.because(Errno.of(cause), inside + connected(bytes) + ", then RST", CLOSES);
  }

  /** The other side closed. */
  Finding closed(String inside, int bytes) {
    return Verdict.CLOSED_EARLY.because(
        inside + connected(bytes) + ", then the server's side closed (FIN)", CLOSES);
  }

  /** The handshake passed, so that no firewall is to blame. */
  Finding unanswered(String inside, int bytes, Acknowledged acknowledged) {
    String evidence =
        inside
            + connected(bytes)
            + " within "
            + question.timeoutText()
            + switch (acknowledged) {
              case YES -> ", although the other side's kernel acknowledged the question";
              case NO -> ", not even an acknowledgement";
              case UNKNOWN -> "";
            };
    return (bytes == 0 ? Verdict.SILENT : Verdict.TRUNCATED)
        .because(evidence, silentConnection(acknowledged));
  }

  private static String silentConnection(Acknowledged acknowledged) {
    return acknowledged == Acknowledged.NO
        ? "something on the way that lets a handshake pass and no data, or answers it for a server"
            + " that is gone; a server whose accept queue is full"
        : "a service that does not answer this question (--as asks for another); a load balancer or"
            + " proxy whose backend is gone (haproxy tries for 3 s); a server that accepts and"
            + " hangs; a path that loses large packets, as the answer can be";
  }

  /** The handshake of TLS failed. */
  Finding noTls(Tls tls) {
    byte[] came = tls.strangeBytes();
    if (came.length > 0) {
      return other("a TLS handshake", tls.tookNanos(), new byte[0], came);
    }
    String evidence = "connected, but the TLS handshake " + tls.text();
    return switch (tls.verdict()) {
      case SILENT ->
          Verdict.SILENT.because(
              evidence + " within " + question.timeoutText(),
              silentConnection(Acknowledged.UNKNOWN));
      case OTHER_SERVICE -> {
        otherService = tls.isEcho() ? "echo" : "TLS, but not HTTP";
        yield Verdict.OTHER_SERVICE.because(
            evidence + (tls.isEcho() ? ": that is echo" : ""), ANOTHER);
      }
      case FAILED -> Verdict.FAILED.because(evidence, REFUSED_TLS);
      default ->
          new Finding(
              tls.verdict(),
              Errno.of(tls.failure()),
              "connected, but for a TLS handshake nothing came back, "
                  + (tls.verdict() == Verdict.RESET
                      ? "then RST"
                      : "then the server's side closed (FIN)"),
              CLOSES);
    };
  }

  /** Nothing came back for a datagram. */
  Finding silent(int size, int attempts, long tookNanos, DatagramPair sockets) {
    if (Neighbours.isUnanswered(question.remote().getAddress())) {
      return Refusals.noNeighbour(question);
    }
    return Verdict.SILENT.because(
        Words.format(
            "%s, asked %s in %s: nothing came back%s",
            asked(size),
            Words.count(attempts, "time"),
            Durations.text(tookNanos),
            sockets.hearsAnySource() ? ", from whatever address, and no ICMP" : ", and no ICMP"),
        "a service that does not answer this question (--as asks for another); "
            + Suspicions.dropped(question.protocol(), question.remote().getPort()));
  }

  /** The answer came from elsewhere. */
  Finding wrongSource(int size, InetSocketAddress sender, long tookNanos) {
    return Verdict.WRONG_SOURCE.because(
        Words.format(
            "%s to %s was answered from %s after %s; a connected socket, as most clients have,"
                + " never sees it",
            asked(size),
            Endpoint.text(question.remote()),
            Endpoint.text(sender),
            Durations.text(tookNanos)),
        "a server that binds one socket to each address, or answers with IP_PKTINFO; a NAT or load"
            + " balancer that forgets to translate replies");
  }

  /**
   * A smaller question is answered, this one is not.
   *
   * @param what became of it, a clause
   * @param largest the size that is answered
   */
  Finding largeLost(int size, String what, int largest, Errno errno) {
    return Verdict.LARGE_LOST.because(
        errno,
        asked(size) + " " + what + "; " + asked(largest) + " is answered",
        Suspicions.blackHole(question.remote().getAddress())
            + "; a firewall, NAT or load balancer that drops IP fragments");
  }

  /** What was answered at first is not any more. */
  Finding stopped(int size, int largest) {
    return Verdict.SILENT.because(
        Words.format(
            "%s was answered, then nothing came back any more, neither for %s",
            asked(largest), asked(size)),
        Suspicions.STOPPED);
  }

  private String connected(int bytes) {
    return Words.format(
        "connected, but for %s %s",
        asked(0),
        bytes == 0 ? "nothing came back" : "only " + Words.count(bytes, "byte") + " came");
  }

  private String asked(int size) {
    return service.asked(question.protocol(), size);
  }
}
