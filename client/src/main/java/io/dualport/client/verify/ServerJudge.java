package io.dualport.client.verify;

import io.dualport.report.Words;

/** Holds the server's account of a five-tuple against the capture. */
final class ServerJudge {
  private static final String CLIENT_AND_SERVER = "client and server";
  private static final String CAPTURE_AND_CLIENT = "capture and client";
  private static final String ALL = "all";

  private ServerJudge() {}

  /** Null if they agree. */
  static Comparison requests(Accounts a) {
    if (a.server() == null) {
      return null;
    }
    long taken = a.takenBeyondCapture();
    if (taken == 0) {
      return a.isTcp()
          ? messagesAlone(a.messagesTakenBeyondCapture(), "took")
          : bytesAlone(a.bytesTakenBeyondCapture(), "took");
    }
    if (taken > 0 && a.mayOthersBeJoined() && a.bytesTakenBeyondCapture() == 0) {
      return joined("took", taken);
    }
    String unit = a.isTcp() ? "byte" : "datagram";
    long doubled = a.captured().back.repeated;
    if (taken > 0 && !a.isTcp() && doubled >= taken) {
      return Agreement.DOUBLED.because(
          ALL,
          Words.format(
              "the server took %s more than are captured on the way to it, and %s came twice",
              Words.count(taken, unit), Words.count(doubled, "echo")));
    }
    if (taken > 0) {
      return serverCountsMore(
          a, Words.count(taken, unit) + " more than are captured on the way to it");
    }
    if (a.echoesUnknownToServer() > 0) {
      return Agreement.SERVER_WRONG.because(
          CAPTURE_AND_CLIENT,
          Words.format(
                  "the capture holds %s of echoes that the server does not count: its counters are"
                      + " of an",
                  Words.count(a.echoesUnknownToServer(), unit))
              + " earlier moment or of another server, or wrong");
    }
    String dropped =
        a.server().dropped() >= -taken
            ? "its guard or rate refused them"
            : a.isTcp()
                ? "the connection ended before it read them"
                : "the path after the capture, a firewall, the guard, or the kernel before its"
                    + " socket ("
                    + a.kernelDrops()
                    + " dropped there in all), or the server had ended";
    return Agreement.LOST.because(
        ALL,
        "the server did not count " + Words.count(-taken, unit) + " of the capture: " + dropped);
  }

  private static Comparison serverCountsMore(Accounts a, String what) {
    return a.isSuspect()
        ? Agreement.CAPTURE_INCOMPLETE.because(
            CLIENT_AND_SERVER, "the server counts " + what + ", and the capture lacks packets")
        : Agreement.SERVER_WRONG.because(
            CAPTURE_AND_CLIENT,
            "the server counts "
                + what
                + ": of another use of the five-tuple, before the capture began, or wrongly");
  }

  /** Null if they agree. */
  static Comparison echoes(Accounts a) {
    if (a.server() == null) {
      return null;
    }
    long answered = a.answeredBeyondCapture();
    if (answered == 0) {
      return a.isTcp()
          ? messagesAlone(a.messagesAnsweredBeyondCapture(), "echoed")
          : bytesAlone(a.bytesAnsweredBeyondCapture(), "echoed");
    }
    if (answered > 0 && a.mayOthersBeJoined() && a.bytesAnsweredBeyondCapture() == 0) {
      return joined("echoed", answered);
    }
    String unit = a.isTcp() ? "byte" : "datagram";
    if (answered > 0) {
      return Agreement.LOST.because(
          ALL,
          Words.format(
              "of what the server echoed, %s did not come as far as the capture and the client",
              Words.count(answered, unit)));
    }
    long repeated = a.captured().back.repeated;
    return repeated >= -answered
        ? Agreement.DOUBLED.because(
            ALL,
            Words.format(
                "%s more came back than the server echoed; the capture holds %d twice",
                Words.count(-answered, unit), repeated))
        : Agreement.SERVER_WRONG.because(
            CAPTURE_AND_CLIENT,
            Words.format(
                "%s more came back than the server says it echoed", Words.count(-answered, unit)));
  }

  private static Comparison joined(String what, long datagrams) {
    return Agreement.UNDECIDED.because(
        null,
        Words.format(
            "the server says it %s %s more than the capture holds, of the same bytes: those of"
                + " others on the five-tuple may have left joined (udp-gso)",
            what, Words.count(datagrams, "datagram")));
  }

  private static Comparison messagesAlone(long messages, String what) {
    return messages == 0
        ? null
        : Agreement.SERVER_WRONG.because(
            CAPTURE_AND_CLIENT,
            Words.format(
                "the server says it %s %s %s than the same bytes hold in the capture",
                what, Words.count(Math.abs(messages), "message"), messages > 0 ? "more" : "less"));
  }

  private static Comparison bytesAlone(long bytes, String what) {
    return bytes == 0
        ? null
        : Agreement.SERVER_WRONG.because(
            CAPTURE_AND_CLIENT,
            Words.format(
                "the server says it %s %s %s than the same number of datagrams holds in the"
                    + " capture",
                what, Words.count(Math.abs(bytes), "byte"), bytes > 0 ? "more" : "less"));
  }
}
