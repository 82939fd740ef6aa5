package io.dualport.client.check;

import io.dualport.client.message.Preview;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Suspicions;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Endpoint;
import io.dualport.kernel.Neighbours;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/** Turns what became of datagrams into a verdict with its evidence and advice. */
final class UdpVerdicts {
  /** What the packets of a large datagram carry where nobody knows better: Ethernet's. */
  private static final int FRAGMENT_BYTES = 1480;

  private final Question question;
  private final DatagramPair sockets;
  private final DatagramConversation conversation;

  UdpVerdicts(Question question, DatagramPair sockets, DatagramConversation conversation) {
    this.question = question;
    this.sockets = sockets;
    this.conversation = conversation;
  }

  /** Every size came back; some may have come from elsewhere, too. */
  Finding whole(Answer small, Answer large, long fastestNanos) {
    String evidence =
        Words.count(small.sizeBytes(), "byte")
            + " came back whole in "
            + Durations.text(fastestNanos);
    if (large != null) {
      evidence += ", and " + large.sizeBytes() + " in " + Durations.text(large.tookNanos());
    }
    if (conversation.elsewhereCount() > 0) {
      return Verdict.WRONG_SOURCE.because(
          evidence
              + ", but "
              + Words.count(conversation.elsewhereCount(), "echo")
              + " came from "
              + Endpoint.text(conversation.elsewhere())
              + " instead of "
              + Endpoint.text(question.remote())
              + "; a connected socket, as most clients have, never sees those",
          "one of several servers behind a load balancer that answers by itself; a server with"
              + " several addresses");
    }
    int missing =
        conversation.sent().missing(small.sizeBytes())
            + (large == null ? 0 : conversation.sent().missing(large.sizeBytes()));
    int sent =
        conversation.sent().count(small.sizeBytes())
            + (large == null ? 0 : conversation.sent().count(large.sizeBytes()));
    if (missing > 0) {
      evidence +=
          Words.format(
              "; %d of %d %s lost, or late", missing, sent, Words.form(missing, "was", "were"));
    }
    int doubled = conversation.sent().doubled();
    return Verdict.OPEN.because(
        doubled == 0
            ? evidence
            : evidence
                + "; "
                + doubled
                + " of "
                + conversation.sent().size()
                + " came back more than once",
        doubled == 0
            ? ""
            : "what doubles datagrams on the way (a loop or a mirror port, two relays), or a server"
                + " that answers twice");
  }

  /**
   * A small message did not come back whole.
   *
   * @param icmp what this host counted meanwhile
   */
  Finding ofSmall(Answer answer, Unreachables icmp) {
    return switch (answer.kind()) {
      case NOTHING -> silent(answer);
      case ERROR ->
          Refusals.isNoNeighbour(question, answer.errno(), icmp)
              ? Refusals.noNeighbour(question)
              : Refusals.ofDatagram(question, answer);
      default -> damaged(answer);
    };
  }

  /** Small messages came back at first; then a large one did not, and a small one neither. */
  Finding stopped(Answer answer) {
    int echoes =
        conversation.sent().count(question.smallBytes())
            - conversation.sent().missing(question.smallBytes());
    String before = "after " + Words.count(echoes, "echo") + " ";
    return switch (answer.kind()) {
      case ERROR -> {
        Finding refused = Refusals.ofDatagram(question, answer);
        yield new Finding(
            refused.verdict(),
            refused.errno(),
            before + refused.evidence(),
            Suspicions.RATE_LIMIT + "; " + Suspicions.ENDED + "; " + refused.advice());
      }
      case NOTHING ->
          Verdict.SILENT.because(
              before
                  + Words.format(
                      "nothing came back any more, of %s in %s",
                      asked(answer), Durations.text(answer.tookNanos())),
              Suspicions.RATE_LIMIT + "; a server that answers each client once, or has stopped");
      default -> damaged(answer);
    };
  }

  /** Large messages do not come back, but small ones get lost as well. */
  Finding lossy(Answer large, int largest) {
    int fragments = large.sizeBytes() / FRAGMENT_BYTES + 1;
    return Verdict.LARGE_LOST.because(
        Words.format(
            "none of %s came back, but %d of %d small ones were lost as well",
            asked(large),
            conversation.sent().missing(question.smallBytes()),
            conversation.sent().count(question.smallBytes())),
        "packet loss or a rate limit rather than the size: a datagram in about "
            + Words.count(fragments, "packet")
            + " each way arrives only if all of them do; "
            + Words.count(largest, "byte")
            + " did");
  }

  /** Small messages come back, but a large one does not. */
  Finding largeLost(Answer answer, int largest, Integer pathMtu) {
    String fits = pathMtu == null ? "" : ", the path MTU is " + pathMtu + " as the kernel knows it";
    String largestText = "; the largest that did has " + Words.count(largest, "byte") + fits;
    if (answer.kind() != Answer.Kind.NOTHING) {
      String what =
          answer.kind() == Answer.Kind.ERROR
              ? Refusals.ofDatagram(question, answer).evidence() + ", small ones come back"
              : "a datagram of "
                  + Words.count(answer.sizeBytes(), "byte")
                  + " was refused by this machine";
      return Verdict.LARGE_LOST.because(
          answer.errno(),
          what + largestText,
          "a rule for large datagrams, or an MTU on the way or of this machine");
    }
    return Verdict.LARGE_LOST.because(
        Words.format(
                "none of %s came back within %s", asked(answer), Durations.text(answer.tookNanos()))
            + largestText,
        (pathMtu != null && answer.sizeBytes() <= question.payloadOf(pathMtu)
                ? Suspicions.blackHole(question.remote().getAddress())
                : "a firewall, NAT or load balancer that drops IP fragments, or a smaller MTU on"
                    + " the way that nobody reports")
            + ". Datagrams of "
            + Words.count(largest, "byte")
            + " pass; --size "
            + largest
            + " asks for no more, as QUIC and DNS do");
  }

  /** As in {@code 4 datagrams of 128 bytes}. */
  private static String asked(Answer answer) {
    return Words.count(answer.sentCount(), "datagram")
        + " of "
        + Words.count(answer.sizeBytes(), "byte");
  }

  private Finding silent(Answer answer) {
    if (Neighbours.isUnanswered(question.remote().getAddress())) {
      return Refusals.noNeighbour(question);
    }
    String evidence =
        Words.format(
            "%s sent in %s, nothing came back", asked(answer), Durations.text(answer.tookNanos()));
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
    return Verdict.SILENT.because(
        evidence,
        (conversation.strangerCount() > 0
                ? "a NAT or load balancer that forgets to translate replies; "
                : "")
            + Suspicions.dropped(question.protocol(), question.remote().getPort())
            + "; a server that is bound to TCP alone behind such a firewall; a server that does not"
            + " echo");
  }

  /** Something came back, but not what was sent, or not from where; or nothing could be sent. */
  Finding damaged(Answer answer) {
    String sent = "a datagram of " + Words.count(answer.sizeBytes(), "byte");
    String after = " after " + Durations.text(answer.tookNanos());
    return switch (answer.kind()) {
      case CUT ->
          Verdict.TRUNCATED.because(
              sent + " came back with its first " + answer.position() + after,
              cutter(answer.position()));
      case WRONG ->
          Verdict.CORRUPTED.because(
              Words.format(
                  "%s came back as %s, the first wrong one at position %d%s",
                  sent, bytes(answer), answer.position(), after),
              "what rewrites payload on the way (NAT helpers for SIP, FTP, DNS), or a server that"
                  + " is no plain echo");
      case STRANGE -> strange(answer, sent, after);
      case WRONG_SOURCE -> wrongSource(answer, sent, after);
      default -> Refusals.notSent(question, answer);
    };
  }

  /** A server that tells of itself is Dualport, which never cuts: something before it does. */
  private String cutter(int bytes) {
    String buffer = "a receive buffer of " + Words.count(bytes, "byte");
    return conversation.instances().isEmpty()
        ? buffer + " in the server, or in a relay before it"
        : buffer + " in a relay or load balancer before the server, which itself never cuts";
  }

  private Finding strange(Answer answer, String sent, String after) {
    Optional<ProxyHeader> proxy = ProxyHeader.at(Unpooled.wrappedBuffer(answer.bytes()), 0);
    if (proxy.isPresent()) {
      return Verdict.CORRUPTED.because(
          Words.format("what came back%s begins with %s", after, proxy.get().text()),
          ProxyHeader.ADVICE);
    }
    return answer.bytes().length == 0
        ? Verdict.CORRUPTED.because(
            sent + " was answered" + after + " with an empty one",
            "a relay or load balancer whose backend is gone (nginx's stream module answers so); a"
                + " server that is no echo")
        : EchoKind.stranger(
            Words.format(
                "%s was answered%s with %s like nothing we sent: ", sent, after, bytes(answer)),
            question.beginning(answer.sizeBytes()),
            answer.bytes());
  }

  private Finding wrongSource(Answer answer, String sent, String after) {
    String came =
        switch (answer.content()) {
          case WHOLE -> "came back";
          case CUT -> "came back with its first " + answer.position();
          case WRONG ->
              "came back as "
                  + bytes(answer)
                  + " with a wrong one at position "
                  + answer.position();
          default ->
              answer.bytes().length == 0
                  ? "was answered with an empty one"
                  : "was answered with "
                      + bytes(answer)
                      + " like nothing we sent, "
                      + Preview.of(answer.bytes())
                      + ",";
        };
    return Verdict.WRONG_SOURCE.because(
        Words.format(
            "%s to %s %s from %s%s; a connected socket, as most clients have, never sees it",
            sent, Endpoint.text(question.remote()), came, Endpoint.text(answer.sender()), after),
        "a server that binds one socket to each address, or answers with IP_PKTINFO; a NAT or"
            + " load balancer that forgets to translate replies");
  }

  private static String bytes(Answer answer) {
    return Words.count(answer.bytes().length, "byte");
  }
}
