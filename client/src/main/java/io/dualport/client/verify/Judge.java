package io.dualport.client.verify;

import io.dualport.report.Words;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Says of the three accounts of a five-tuple whether they agree and, where not, which is right.
 *
 * <p>The rules rest on three things: what is on the wire was sent by somebody; nobody but the
 * server echoes; and of three accounts the one that two others contradict is wrong.
 */
final class Judge {
  private static final String CLIENT = "client";
  private static final String CAPTURE = "capture";
  private static final String CLIENT_AND_SERVER = "client and server";
  private static final String CAPTURE_AND_SERVER = "capture and server";
  private static final String ALL = "all";

  private Judge() {}

  /** The first difference that one meets from the client's books to the server's. */
  static Comparison judge(Accounts accounts) {
    return Stream.<Function<Accounts, Comparison>>of(
            Judge::clientItself,
            Judge::untold,
            Judge::requests,
            Judge::echoes,
            Judge::lost,
            Judge::doubled,
            ServerJudge::requests,
            ServerJudge::echoes)
        .map(question -> Optional.ofNullable(question.apply(accounts)))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(Comparison.AGREE);
  }

  /** Sent = echoed + damaged + lost, once nothing is in flight. */
  private static Comparison clientItself(Accounts a) {
    long open = a.client().unsettled();
    boolean tooMany = open < 0 && !a.client().isDamaged();
    boolean tooFew = open > 0 && !a.isInterrupted();
    return tooMany || tooFew
        ? Agreement.CLIENT_WRONG.because(
            null,
            Words.format(
                "its own numbers do not add up: sent %d, and echoed, damaged and lost are %d",
                a.client().sent(), a.client().sent() - open))
        : null;
  }

  /** Where datagrams cannot be counted, bytes alone agree, or nobody can be blamed. */
  private static Comparison untold(Accounts a) {
    if (a.untold() == 0) {
      return null;
    }
    return a.doBytesAgree()
        ? Comparison.AGREE
        : Agreement.UNDECIDED.because(
            null,
            Words.format(
                    "%s may be several each, joined or yet to be cut, and the capture kept too"
                        + " little to tell;",
                    Words.count(a.untold(), "datagram"))
                + " bytes differ as well");
  }

  private static Comparison requests(Accounts a) {
    long messages = a.sentBeyondCapture();
    long bytes = a.bytesSentBeyondCapture();
    if (a.isBroken()) {
      messages = Math.min(messages, 0); // counted as sent when queued
      bytes = Math.max(bytes, 0); // counted once a message is whole
    }
    if (messages == 0 && bytes == 0) {
      return null;
    }
    if (messages < 0 && a.captured().out.unnamed >= -messages) {
      return unnamed(a, more(-messages, -bytes));
    }
    if (messages < 0 || messages == 0 && bytes < 0) {
      return Agreement.CLIENT_WRONG.because(
          a.server() != null && a.takenBeyondCapture() == 0 ? CAPTURE_AND_SERVER : CAPTURE,
          Words.format(
              "the capture holds %s than the client says it sent", more(-messages, -bytes)));
    }
    String missing = more(messages, bytes);
    if (a.doesServerConfirmSent()) {
      return Agreement.CAPTURE_INCOMPLETE.because(
          CLIENT_AND_SERVER,
          "the client sent, and the server took, " + missing + " than the capture holds");
    }
    if (a.isSuspect()) {
      return Agreement.CAPTURE_INCOMPLETE.because(
          CLIENT, "the client sent " + missing + " than the capture holds, which lacks packets");
    }
    if (a.server() != null && a.takenBeyondCapture() == 0) {
      if (!a.canBeLost(messages)) {
        return Agreement.CLIENT_WRONG.because(
            CAPTURE_AND_SERVER,
            "the client says it sent "
                + missing
                + " than capture and server know of, and does not count that as lost");
      }
      return Agreement.LOST.because(
          CAPTURE_AND_SERVER,
          "the client sent " + missing + " than came as far as the capture and the server");
    }
    return Agreement.UNDECIDED.because(
        null,
        "the client sent "
            + missing
            + " than the capture holds: "
            + (a.canBeLost(messages)
                ? "they were lost before it, or it missed them"
                : "it missed them, or the client is wrong")
            + whoWouldTell(a));
  }

  /** Too short to name themselves, or of others. */
  private static Comparison unnamed(Accounts a, String more) {
    return a.doesServerConfirmSent()
        ? Agreement.CAPTURED_TWICE.because(
            CLIENT_AND_SERVER,
            "the capture holds "
                + more
                + " than client and server agree on; too short to name themselves, they cannot be"
                + " told from their copies")
        : Agreement.UNDECIDED.because(
            null,
            Words.format(
                "the capture holds %s than the client says it sent, and %s no run: others used the"
                    + " five-tuple, or the client is wrong",
                more, Words.count(a.captured().out.unnamed, "that names", "that name")));
  }

  private static Comparison echoes(Accounts a) {
    long messages = a.receivedBeyondCapture();
    long bytes = a.bytesReceivedBeyondCapture();
    if (a.isBroken()) {
      bytes = Math.max(bytes, 0);
    }
    if (messages == 0 && bytes == 0) {
      return null;
    }
    if (messages < 0 || messages == 0 && bytes < 0) {
      return messages == 0 ? bytesNotCounted(a, -bytes) : notCounted(a, -messages);
    }
    String missing = more(messages, bytes);
    if (a.doesServerConfirmReceived()) {
      return Agreement.CAPTURE_INCOMPLETE.because(
          CLIENT_AND_SERVER,
          "the server sent, and the client received, " + missing + " than the capture holds");
    }
    if (a.isSuspect()) {
      return Agreement.CAPTURE_INCOMPLETE.because(
          CLIENT,
          "the client received " + missing + " than the capture holds, which lacks packets");
    }
    if (a.server() != null && a.answeredBeyondCapture() <= 0 && a.echoesUnknownToServer() <= 0) {
      return Agreement.CLIENT_WRONG.because(
          CAPTURE_AND_SERVER,
          "the client counts " + missing + " as received than capture and server know of");
    }
    return Agreement.UNDECIDED.because(
        null,
        "the client received "
            + missing
            + " than the capture holds: it missed them, or the client is wrong"
            + whoWouldTell(a));
  }

  private static String whoWouldTell(Accounts a) {
    return a.server() == null
        ? "; the server's counters would tell (--server)"
        : "; the server's counters agree with neither";
  }

  private static Comparison bytesNotCounted(Accounts a, long bytes) {
    return Agreement.CLIENT_WRONG.because(
        CAPTURE,
        Words.format("the echoes in the capture have %s than the client says", more(0, bytes)));
  }

  /** The capture holds echoes that the client did not count. */
  private static Comparison notCounted(Accounts a, long echoes) {
    long late = Math.max(0, Math.min(echoes, a.captured().late() - a.client().late()));
    String held =
        "the capture holds " + Words.count(echoes, "echo") + " that the client did not count: ";
    if (late > 0) {
      return Agreement.LATE.because(
          a.server() == null ? CAPTURE : CAPTURE_AND_SERVER,
          held
              + (late == echoes ? "" : late + " of them ")
              + "came after its timeout"
              + (late == echoes
                  ? ""
                  : ", the others were lost behind the capture, or it had ended"));
    }
    if (a.captured().back.repeated - a.client().duplicated() >= echoes) {
      return Agreement.DOUBLED.because(
          a.server() == null ? null : "client and server",
          held
              + "they are there twice: the network doubled them, or they were captured twice"
              + (a.server() == null ? "; the server's counters would tell (--server)" : ""));
    }
    return a.isTcp()
        ? Agreement.CLIENT_WRONG.because(CAPTURE, held + "TCP delivers what was acknowledged")
        : Agreement.LOST.because(
            ALL,
            held + "the path, a firewall or its socket's full buffer took them, or it had ended");
  }

  private static Comparison lost(Accounts a) {
    long unanswered = a.captured().unanswered();
    long given = a.client().lost() + Math.max(0, a.client().unsettled());
    if (a.captured().out.unnamed + a.captured().back.unnamed > 0
        || a.client().isDamaged()
        || !a.areMessagesKnown()
        || a.isBroken()
        || given == unanswered) {
      return null;
    }
    long late = a.client().late();
    if (late > 0 && given - unanswered == late) {
      return Agreement.LATE.because(
          ALL,
          Words.format(
              "%s for the client came after its timeout, as it also says",
              Words.count(late, "echo lost", "echoes lost")));
    }
    return Agreement.CLIENT_WRONG.because(
        CAPTURE,
        Words.format(
            "the client counts %d lost, and %d of its messages %s no echo in the capture",
            given, unanswered, Words.form(unanswered, "has", "have")));
  }

  private static Comparison doubled(Accounts a) {
    long captured = a.captured().back.repeated;
    boolean isPlain = a.client().isPlain() && a.captured().back.unnamed == 0;
    return isPlain && !a.isTcp() && captured != a.client().duplicated()
        ? Agreement.CLIENT_WRONG.because(
            CAPTURE,
            Words.format(
                "the client counts %d duplicated, the capture holds %d",
                a.client().duplicated(), captured))
        : null;
  }

  private static String more(long messages, long bytes) {
    return messages == 0
        ? Words.count(bytes, "byte") + " more"
        : Words.count(messages, "message") + " more";
  }
}
