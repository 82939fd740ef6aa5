package io.dualport.client.check;

import io.dualport.client.check.CheckedProtocol.HalfClose;
import io.dualport.client.message.Acknowledged;
import io.dualport.client.message.Preview;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Suspicions;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/** Turns what became of a connection into a verdict with its evidence and advice. */
final class TcpVerdicts {
  private static final String NO_BACKEND =
      "a load balancer or docker-proxy without a backend; the server's log";

  /** Over a stream no answer repeats a part of the question. */
  private static final byte[] NOTHING = new byte[0];

  private final Question question;

  TcpVerdicts(Question question) {
    this.question = question;
  }

  Finding noSynAck(long tookNanos) {
    return Verdict.SILENT.because(
        "the SYN and its retransmissions got no answer in " + Durations.text(tookNanos),
        "a firewall or security group that drops TCP "
            + question.remote().getPort()
            + ", this machine's own output rules included; a host that is down");
  }

  Finding resetAtOnce(Throwable cause, long tookNanos) {
    return Verdict.RESET.because(
        Errno.of(cause),
        "the connection was reset after " + Durations.text(tookNanos) + ", before a byte was sent",
        NO_BACKEND);
  }

  /** Everything came back. */
  Finding open(Answer small, Answer large, long fastestNanos, HalfClose halfClose) {
    String evidence = sent(small) + " came back whole in " + Durations.text(fastestNanos);
    if (large != null) {
      evidence += ", and " + large.sizeBytes() + " in " + Durations.text(large.tookNanos());
    }
    return Verdict.OPEN.because(evidence + "; half-close: " + halfClose.text(), "");
  }

  /** A small message did not come back whole. */
  Finding ofSmall(Answer answer) {
    return broken(answer);
  }

  /**
   * The connection opened, and nothing came back. That is no firewall's doing: the handshake
   * passed.
   *
   * @param provoked what came for a blank line and FIN
   */
  Finding unanswered(Answer small, Acknowledged acknowledged, Answer provoked) {
    String evidence =
        "connected, but of "
            + sent(small)
            + " nothing came back within "
            + took(small)
            + switch (acknowledged) {
              case YES ->
                  ", although the other side's kernel acknowledged "
                      + Words.form(small.sizeBytes(), "it", "them");
              case NO -> ", not even an acknowledgement";
              case UNKNOWN -> "";
            };
    if (provoked.kind() == Answer.Kind.STRANGE) {
      return EchoKind.stranger(
          evidence + "; a blank line was then answered with bytes like nothing we sent: ",
          NOTHING,
          provoked.bytes());
    }
    String next =
        switch (provoked.kind()) {
          case WHOLE ->
              Words.form(small.sizeBytes(), "; it", "; they")
                  + " came back after a blank line and our FIN";
          case CUT -> "; our FIN was answered with FIN";
          case ERROR -> "; our FIN was answered with RST";
          default -> "";
        };
    String advice =
        switch (provoked.kind()) {
          case WHOLE -> "a server that echoes lines, or is slow: a larger --timeout";
          case CUT, ERROR -> "a server that does not echo: the right address and port";
          default ->
              acknowledged == Acknowledged.NO
                  ? "something on the way that lets a handshake pass and no data, or answers it for"
                      + " a server that is gone; a server whose accept queue is full"
                  : "a server that accepts without reading, hangs or does not echo; a proxy whose"
                      + " backend hangs";
        };
    return Verdict.SILENT.because(evidence + next, advice);
  }

  /** The first small messages came back whole, a later one did not. */
  Finding ofLater(Answer answer) {
    Finding broken = broken(answer);
    return switch (answer.kind()) {
      case ERROR, CUT ->
          new Finding(
              broken.verdict(),
              broken.errno(),
              first() + ", then: " + broken.evidence(),
              Suspicions.RATE_LIMIT + "; " + broken.advice());
      case NOTHING -> noMore(answer);
      default -> broken;
    };
  }

  private Finding noMore(Answer answer) {
    return Verdict.SILENT.because(
        first()
            + ", but of the next "
            + answer.sizeBytes()
            + (answer.position() == 0 ? " none" : " only " + answer.position())
            + " within "
            + took(answer),
        Suspicions.RATE_LIMIT + "; a server that answers once; a proxy whose backend hangs");
  }

  /** Small messages come back, but a large one did not. */
  Finding ofLarge(Answer answer, Integer pathMtu, Acknowledged acknowledged) {
    if (answer.kind() != Answer.Kind.NOTHING) {
      return broken(answer);
    }
    String mtu = pathMtu == null ? "" : "; the path MTU is " + pathMtu + " as the kernel knows it";
    return Verdict.LARGE_LOST.because(
        Words.count(question.smallBytes(), "byte")
            + " came back, but of "
            + sent(answer)
            + (answer.position() == 0 ? " none" : " only " + answer.position())
            + " within "
            + took(answer)
            + mtu,
        answer.position() == 0
            ? acknowledged == Acknowledged.YES
                ? "a server that does not answer so much, or hangs: what was sent was acknowledged"
                : Suspicions.blackHole(question.remote().getAddress()) + ", or clamp the MSS"
            : "a slow or lossy path, or a server that stops in the middle; a larger --timeout");
  }

  private Finding broken(Answer answer) {
    return switch (answer.kind()) {
      case ERROR ->
          Verdict.RESET.because(
              answer.errno(),
              answer.tookNanos() == 0
                  ? "connected, then reset before it was asked"
                  : Words.format(
                      "connected, but %s %s answered with RST after %d came back, %s later",
                      sent(answer),
                      Words.form(answer.sizeBytes(), "was", "were"),
                      answer.position(),
                      took(answer)),
              NO_BACKEND + "; a firewall that resets");
      case MORE ->
          Verdict.CORRUPTED.because(
              "more came back than was sent: "
                  + Words.count(answer.bytes().length, "byte")
                  + " after the echo, "
                  + Preview.of(answer.bytes()),
              "a server that adds to what it echoes, or sends it twice");
      case WRONG ->
          Verdict.CORRUPTED.because(
              sent(answer)
                  + " came back after "
                  + took(answer)
                  + " with a wrong one at position "
                  + answer.position(),
              "what rewrites payload on the way, or a server that is no plain echo");
      case STRANGE -> strange(answer);
      case CUT ->
          Verdict.CLOSED_EARLY.because(
              answer.tookNanos() == 0
                  ? "connected, then the server's side closed (FIN) before it was asked"
                  : Words.format(
                      "of %s %d came back, then the server's side closed (FIN), %s later",
                      sent(answer), answer.position(), took(answer)),
              NO_BACKEND + "; a server that does not echo, or wants a PROXY protocol header first");
      default ->
          Verdict.TRUNCATED.because(
              "of " + sent(answer) + " only " + answer.position() + " came back in " + took(answer),
              "the server's log; a larger --timeout");
    };
  }

  private static Finding strange(Answer answer) {
    Optional<ProxyHeader> proxy = ProxyHeader.at(Unpooled.wrappedBuffer(answer.bytes()), 0);
    if (proxy.isPresent()) {
      return Verdict.CORRUPTED.because(
          "what came back begins with " + proxy.get().text(), ProxyHeader.ADVICE);
    }
    return EchoKind.stranger(
        answer.tookNanos() == 0
            ? "the server spoke before it was asked, nothing like what we sent: "
            : Words.format(
                "%s %s answered after %s with bytes like nothing we sent: ",
                sent(answer), Words.form(answer.sizeBytes(), "was", "were"), took(answer)),
        NOTHING,
        answer.bytes());
  }

  private String first() {
    return "the first " + Words.count(question.smallBytes(), "byte") + " came back";
  }

  private static String sent(Answer answer) {
    return Words.count(answer.sizeBytes(), "byte");
  }

  private static String took(Answer answer) {
    return Durations.text(answer.tookNanos());
  }
}
