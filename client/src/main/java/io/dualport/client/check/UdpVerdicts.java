package io.dualport.client.check;

import io.dualport.flow.Endpoint;
import io.dualport.kernel.Neighbours;
import io.dualport.report.Durations;

/** Turns what became of datagrams into a verdict with its evidence and advice. */
final class UdpVerdicts {
  /** What the packets of a large datagram carry where nobody knows better: Ethernet's. */
  private static final int FRAGMENT_BYTES = 1480;

  /** The first suspicion about what answers no more after it has answered. */
  static final String RATE_LIMIT =
      "a rate limit of the server or on the way (as xinetd's cps, or a firewall's limit), which a"
          + " check a minute later passes again";

  private final Question question;
  private final DatagramPair sockets;
  private final DatagramConversation conversation;

  UdpVerdicts(Question question, DatagramPair sockets, DatagramConversation conversation) {
    this.question = question;
    this.sockets = sockets;
    this.conversation = conversation;
  }

  /** Every size came back; some may have come from elsewhere, too. */
  Verdict whole(Answer small, Answer large, long fastestNanos) {
    String evidence =
        small.sizeBytes() + " bytes came back whole in " + Durations.text(fastestNanos);
    if (large != null) {
      evidence += ", and " + large.sizeBytes() + " in " + Durations.text(large.tookNanos());
    }
    if (conversation.elsewhereCount() > 0) {
      return Verdict.of(
          Judgement.WRONG_SOURCE,
          evidence
              + ", but "
              + conversation.elsewhereCount()
              + " echoes came from "
              + Endpoint.text(conversation.elsewhere())
              + " instead of "
              + Endpoint.text(question.remote())
              + "; a connected socket, as most clients have, never sees those",
          "one of several servers behind a load balancer that answers by itself; a server with"
              + " several addresses");
    }
    int missing =
        conversation.missingCount(small.sizeBytes())
            + (large == null ? 0 : conversation.missingCount(large.sizeBytes()));
    int sent =
        conversation.sentCount(small.sizeBytes())
            + (large == null ? 0 : conversation.sentCount(large.sizeBytes()));
    return Verdict.of(
        Judgement.OPEN,
        missing == 0 ? evidence : evidence + "; " + missing + " of " + sent + " were lost, or late",
        "");
  }

  /** A small message did not come back whole. */
  Verdict ofSmall(Answer answer) {
    return switch (answer.kind()) {
      case NOTHING -> silent(answer);
      case ERROR ->
          Neighbours.isUnanswered(question.remote().getAddress())
              ? Refusals.noNeighbour(question)
              : Refusals.ofDatagram(question, answer);
      default -> damaged(answer);
    };
  }

  /** Small messages came back at first; then a large one did not, and a small one neither. */
  Verdict stopped(Answer answer) {
    int echoes =
        conversation.sentCount(question.smallBytes())
            - conversation.missingCount(question.smallBytes());
    String before = "after " + echoes + (echoes == 1 ? " echo " : " echoes ");
    return switch (answer.kind()) {
      case ERROR -> {
        Verdict refused = Refusals.ofDatagram(question, answer);
        yield new Verdict(
            refused.judgement(),
            refused.errno(),
            before + refused.evidence(),
            RATE_LIMIT + "; a server that has ended meanwhile; " + refused.advice());
      }
      case NOTHING ->
          Verdict.of(
              Judgement.SILENT,
              before
                  + "nothing came back any more, of %d datagrams of %d bytes in %s"
                      .formatted(
                          answer.sentCount(),
                          answer.sizeBytes(),
                          Durations.text(answer.tookNanos())),
              RATE_LIMIT + "; a server that answers each client once, or has stopped");
      default -> damaged(answer);
    };
  }

  /** Large messages do not come back, but small ones get lost as well. */
  Verdict lossy(Answer large, int largest) {
    int fragments = large.sizeBytes() / FRAGMENT_BYTES + 1;
    return Verdict.of(
        Judgement.LARGE_LOST,
        "none of %d datagrams of %d bytes came back, but %d of %d small ones were lost as well"
            .formatted(
                large.sentCount(),
                large.sizeBytes(),
                conversation.missingCount(question.smallBytes()),
                conversation.sentCount(question.smallBytes())),
        "packet loss or a rate limit rather than the size: a datagram in about "
            + fragments
            + (fragments == 1 ? " packet" : " packets")
            + " each way arrives only if all of them do; "
            + largest
            + " bytes did");
  }

  /** Small messages come back, but a large one does not. */
  Verdict largeLost(Answer answer, int largest, Integer pathMtu) {
    String fits = pathMtu == null ? "" : ", the path MTU is " + pathMtu + " as the kernel knows it";
    String largestText = "; the largest that did has " + largest + " bytes" + fits;
    if (answer.kind() != Answer.Kind.NOTHING) {
      String what =
          answer.kind() == Answer.Kind.ERROR
              ? Refusals.ofDatagram(question, answer).evidence() + ", small ones come back"
              : "a datagram of " + answer.sizeBytes() + " bytes was refused by this machine";
      return new Verdict(
          Judgement.LARGE_LOST,
          answer.errno(),
          what + largestText,
          "a rule for large datagrams, or an MTU on the way or of this machine");
    }
    return Verdict.of(
        Judgement.LARGE_LOST,
        "none of %d datagrams of %d bytes came back within %s"
                .formatted(
                    answer.sentCount(), answer.sizeBytes(), Durations.text(answer.tookNanos()))
            + largestText,
        "a firewall, NAT or load balancer that drops IP fragments, or a smaller MTU on the way"
            + " that nobody reports. Datagrams of "
            + largest
            + " bytes pass; --size "
            + largest
            + " asks for no more, as QUIC and DNS do");
  }

  private Verdict silent(Answer answer) {
    if (Neighbours.isUnanswered(question.remote().getAddress())) {
      return Refusals.noNeighbour(question);
    }
    String evidence =
        "%d datagrams of %d bytes sent in %s, nothing came back"
            .formatted(answer.sentCount(), answer.sizeBytes(), Durations.text(answer.tookNanos()));
    if (conversation.strangerCount() > 0) {
      evidence +=
          " but "
              + conversation.strangerCount()
              + " unlike anything we sent, from "
              + Endpoint.text(conversation.stranger());
    } else if (sockets.hearsAnySource()) {
      evidence += ", from whatever address";
    }
    evidence +=
        sockets.hearsEveryError()
            ? ", and no ICMP"
            : ", and no ICMP that this transport hears (not \"host\" or \"network unreachable\")";
    return Verdict.of(
        Judgement.SILENT,
        evidence,
        "a firewall, security group, load balancer or NAT that drops UDP "
            + question.remote().getPort()
            + "; a server that is bound to TCP alone behind such a firewall; a server that does not"
            + " echo");
  }

  /** Something came back, but not what was sent, or not from where; or nothing could be sent. */
  Verdict damaged(Answer answer) {
    String sent = "a datagram of " + answer.sizeBytes() + " bytes";
    String after = " after " + Durations.text(answer.tookNanos());
    return switch (answer.kind()) {
      case CUT ->
          Verdict.of(
              Judgement.TRUNCATED,
              sent + " came back with its first " + answer.position() + after,
              answer.position() == 0
                  ? "a server that answers something else"
                  : "a receive buffer of " + answer.position() + " bytes in the server");
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
