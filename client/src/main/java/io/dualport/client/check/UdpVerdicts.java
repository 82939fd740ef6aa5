package io.dualport.client.check;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;

/** Turns what became of datagrams into a verdict with its evidence and advice. */
final class UdpVerdicts {
  private final Question question;
  private final boolean hearsAnySource;

  UdpVerdicts(Question question, boolean hearsAnySource) {
    this.question = question;
    this.hearsAnySource = hearsAnySource;
  }

  /** Everything came back. */
  Verdict open(Answer small, Answer large, long fastestNanos) {
    String evidence =
        small.sizeBytes() + " bytes came back whole in " + Durations.text(fastestNanos);
    if (large != null) {
      evidence += ", and " + large.sizeBytes() + " in " + Durations.text(large.tookNanos());
    }
    int lost = small.sentCount() - 1 + (large == null ? 0 : large.sentCount() - 1);
    if (lost > 0) {
      evidence += "; " + lost + " before " + (lost == 1 ? "it" : "them") + " did not come back";
    }
    return Verdict.of(Judgement.OPEN, evidence, "");
  }

  /** A small message did not come back whole. */
  Verdict ofSmall(Answer answer) {
    return switch (answer.kind()) {
      case NOTHING -> silent(answer);
      case ERROR -> Refusals.ofDatagram(question, answer);
      default -> damaged(answer);
    };
  }

  /** Small messages come back, but a large one did not. */
  Verdict ofLarge(Answer answer, int largest, Integer pathMtu) {
    if (answer.kind() != Answer.Kind.NOTHING && answer.errno() != Errno.EMSGSIZE) {
      return answer.kind() == Answer.Kind.ERROR
          ? Refusals.ofDatagram(question, answer)
          : damaged(answer);
    }
    String what =
        answer.errno() == Errno.EMSGSIZE
            ? "a datagram of " + answer.sizeBytes() + " bytes was refused by this machine"
            : "none of %d datagrams of %d bytes came back within %s"
                .formatted(
                    answer.sentCount(), answer.sizeBytes(), Durations.text(answer.tookNanos()));
    String fits = pathMtu == null ? "" : ", the path MTU is " + pathMtu + " as the kernel knows it";
    return new Verdict(
        Judgement.LARGE_LOST,
        answer.errno(),
        what + "; the largest that did has " + largest + " bytes" + fits,
        "a firewall, NAT or load balancer that drops IP fragments, or a smaller MTU on the way"
            + " that nobody reports. Datagrams of "
            + largest
            + " bytes pass; --size "
            + largest
            + " asks for no more, as QUIC and DNS do");
  }

  private Verdict silent(Answer answer) {
    String source = hearsAnySource ? ", from whatever address" : "";
    return Verdict.of(
        Judgement.SILENT,
        "%d datagrams of %d bytes sent in %s, nothing came back%s, and no ICMP"
            .formatted(
                answer.sentCount(), answer.sizeBytes(), Durations.text(answer.tookNanos()), source),
        "a firewall, security group, load balancer or NAT that drops UDP "
            + question.remote().getPort()
            + "; a server that is bound to TCP alone behind such a firewall; a server that does not"
            + " echo");
  }

  private Verdict damaged(Answer answer) {
    String sent = "a datagram of " + answer.sizeBytes() + " bytes";
    String after = " after " + Durations.text(answer.tookNanos());
    return switch (answer.kind()) {
      case CUT ->
          Verdict.of(
              Judgement.TRUNCATED,
              sent + " came back with its first " + answer.position() + after,
              "a receive buffer of " + answer.position() + " bytes in the server");
      case WRONG ->
          Verdict.of(
              Judgement.CORRUPTED,
              sent
                  + " came back as "
                  + answer.bytes().length
                  + " bytes, the first wrong one at position "
                  + answer.position()
                  + after,
              "what rewrites payload on the way (NAT helpers for SIP, FTP, DNS), or a server that"
                  + " is no plain echo");
      case STRANGE ->
          Verdict.of(
              Judgement.CORRUPTED,
              sent
                  + " was answered"
                  + after
                  + " with "
                  + answer.bytes().length
                  + " bytes like nothing we sent: "
                  + Preview.of(answer.bytes()),
              "another service that listens there; the right address and port");
      case WRONG_SOURCE ->
          Verdict.of(
              Judgement.WRONG_SOURCE,
              sent
                  + " to "
                  + Endpoint.text(question.remote())
                  + " came back from "
                  + Endpoint.text(answer.sender())
                  + after
                  + "; a connected socket, as most clients have, never sees it",
              "a server that binds one socket to each address, or answers with IP_PKTINFO; a NAT or"
                  + " load balancer that forgets to translate replies");
      default -> Refusals.notSent(question, answer);
    };
  }
}
