package io.dualport.client.check;

import io.dualport.client.check.Finding.HalfClose;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;

/** Turns what became of a connection into a verdict with its evidence and advice. */
final class TcpVerdicts {
  private static final String NO_BACKEND =
      "a load balancer or docker-proxy without a backend; the server's log";

  private final Question question;

  TcpVerdicts(Question question) {
    this.question = question;
  }

  Verdict noSynAck(long tookNanos) {
    return Verdict.of(
        Judgement.SILENT,
        "the SYN and its retransmissions got no answer in " + Durations.text(tookNanos),
        "a firewall or security group that drops TCP "
            + question.remote().getPort()
            + ", this machine's own output rules included; a host that is down");
  }

  Verdict resetAtOnce(Throwable cause, long tookNanos) {
    return new Verdict(
        Judgement.RESET,
        Errno.of(cause),
        "the connection was reset after " + Durations.text(tookNanos) + ", before a byte was sent",
        NO_BACKEND);
  }

  /** Everything came back. */
  Verdict open(Answer small, Answer large, long fastestNanos, HalfClose halfClose) {
    String evidence =
        small.sizeBytes() + " bytes came back whole in " + Durations.text(fastestNanos);
    if (large != null) {
      evidence += ", and " + large.sizeBytes() + " in " + Durations.text(large.tookNanos());
    }
    return Verdict.of(Judgement.OPEN, evidence + "; half-close: " + halfClose.text(), "");
  }

  /** A small message did not come back whole. */
  Verdict ofSmall(Answer answer) {
    if (answer.kind() == Answer.Kind.NOTHING && answer.position() == 0) {
      return Verdict.of(
          Judgement.SILENT,
          "connected, but of " + sent(answer) + " nothing came back within " + took(answer),
          "a server that does not echo, or accepts without reading; a proxy whose backend hangs");
    }
    return broken(answer);
  }

  /** The first small messages came back whole, a later one did not. */
  Verdict ofLater(Answer answer) {
    Verdict broken = broken(answer);
    return switch (answer.kind()) {
      case ERROR, CUT ->
          new Verdict(
              broken.judgement(),
              broken.errno(),
              "the first " + question.smallBytes() + " bytes came back, then: " + broken.evidence(),
              UdpVerdicts.RATE_LIMIT + "; " + broken.advice());
      case NOTHING -> noMore(answer);
      default -> broken;
    };
  }

  private Verdict noMore(Answer answer) {
    return Verdict.of(
        Judgement.SILENT,
        "the first "
            + question.smallBytes()
            + " bytes came back, but of the next "
            + answer.sizeBytes()
            + " only "
            + answer.position()
            + " within "
            + took(answer),
        UdpVerdicts.RATE_LIMIT + "; a server that answers once; a proxy whose backend hangs");
  }

  /** Small messages come back, but a large one did not. */
  Verdict ofLarge(Answer answer, Integer pathMtu) {
    if (answer.kind() != Answer.Kind.NOTHING) {
      return broken(answer);
    }
    String mtu = pathMtu == null ? "" : "; the path MTU is " + pathMtu + " as the kernel knows it";
    return Verdict.of(
        Judgement.LARGE_LOST,
        question.smallBytes()
            + " bytes came back, but of "
            + sent(answer)
            + " only "
            + answer.position()
            + " within "
            + took(answer)
            + mtu,
        answer.position() == 0
            ? "a smaller MTU on the way whose ICMP \"fragmentation needed\" a firewall drops (path"
                + " MTU black hole): let ICMP pass, or clamp the MSS"
            : "a slow or lossy path, or a server that stops in the middle; a larger --timeout");
  }

  private Verdict broken(Answer answer) {
    return switch (answer.kind()) {
      case ERROR ->
          new Verdict(
              Judgement.RESET,
              answer.errno(),
              "connected, but "
                  + sent(answer)
                  + " were answered with RST after "
                  + answer.position()
                  + " came back, "
                  + took(answer)
                  + " later",
              NO_BACKEND + "; a firewall that resets");
      case MORE ->
          Verdict.of(
              Judgement.CORRUPTED,
              "more came back than was sent: "
                  + answer.bytes().length
                  + " bytes after the echo, "
                  + Preview.of(answer.bytes()),
              "a server that adds to what it echoes, or sends it twice");
      case WRONG ->
          Verdict.of(
              Judgement.CORRUPTED,
              sent(answer)
                  + " came back after "
                  + took(answer)
                  + " with a wrong one at position "
                  + answer.position(),
              "what rewrites payload on the way, or a server that is no plain echo");
      case STRANGE ->
          Verdict.of(
              Judgement.CORRUPTED,
              (answer.tookNanos() == 0
                      ? "the server spoke before it was asked, nothing like what we sent: "
                      : sent(answer)
                          + " were answered after "
                          + took(answer)
                          + " with bytes like nothing we sent: ")
                  + Preview.of(answer.bytes()),
              "another service that listens there; the right address and port");
      case CUT ->
          Verdict.of(
              Judgement.TRUNCATED,
              "of "
                  + sent(answer)
                  + " "
                  + answer.position()
                  + " came back, then the server's side closed (FIN), "
                  + took(answer)
                  + " later",
              NO_BACKEND + "; a server that does not echo");
      default ->
          Verdict.of(
              Judgement.TRUNCATED,
              "of " + sent(answer) + " only " + answer.position() + " came back in " + took(answer),
              "the server's log; a larger --timeout");
    };
  }

  private static String sent(Answer answer) {
    return answer.sizeBytes() + " bytes";
  }

  private static String took(Answer answer) {
    return Durations.text(answer.tookNanos());
  }
}
