package io.dualport.client.verify;

import io.dualport.probe.Probe;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/** What belongs below the table: the verdict, its reasons, and what the capture is worth. */
final class VerifyNotes {
  private static final int REASONS = 20;

  private final Verification result;
  private final Capture capture;
  private final List<String> notes = new ArrayList<>();

  VerifyNotes(Verification result) {
    this.result = result;
    this.capture = result.capture();
  }

  /**
   * @param shown the rows that stand in the table
   */
  List<String> all(List<Row> shown) {
    verdict();
    reasons();
    int hidden = result.rows().size() - shown.size();
    if (hidden > 0) {
      notes.add("And " + Words.count(hidden, "five-tuple") + " more; --format json lists them.");
    }
    server();
    notes.add("Where they differ a cell is client / capture / server.");
    messagesOfTheServer();
    limitsOfTheCapture();
    packets();
    return notes;
  }

  private void verdict() {
    long differing = result.rows().stream().filter(row -> !row.finding().isAgreed()).count();
    String compared =
        result.server().isGiven() ? "Client, capture and server" : "Client and capture";
    if (result.isAgreed()) {
      notes.add(agreed());
    } else if (differing == 0 && result.isServerAlien()) {
      notes.add(
          "Client and capture agree, number for number, on all "
              + five(result.rows().size())
              + ", and the server's counters have none of them: they are of another server, of"
              + " another time, or list too few (report-flows).");
    } else if (!result.isCaptured()) {
      notes.add(
          "The capture holds no message of run "
              + result.run().runIdText()
              + ": it is of another run, or its filter"
              + (capture.cutAside() > 0 ? ", snaplen" : "")
              + " or place left them out.");
    } else {
      notes.add(compared + " differ on " + differing + " of " + five(result.rows().size()) + ".");
    }
    result
        .run()
        .contradictions()
        .forEach(said -> notes.add("The client's result contradicts itself: " + said + "."));
  }

  private String agreed() {
    String all = " agree, number for number, on all " + five(result.rows().size());
    long unknown = result.server().isGiven() ? result.withoutServer() : 0;
    if (!result.server().isGiven()) {
      return "Client and capture" + all + ".";
    }
    return unknown == 0
        ? "Client, capture and server" + all + "."
        : "Client and capture"
            + all
            + ", and the server's counters with them on "
            + (result.rows().size() - unknown)
            + ".";
  }

  private static String five(long count) {
    return Words.count(count, "five-tuple");
  }

  private void reasons() {
    long given = 0;
    for (Row row : result.rows()) {
      Comparison finding = row.finding();
      if (!finding.isAgreed() && ++given <= REASONS) {
        String right = finding.right() == null ? "" : " Right: " + finding.right() + ".";
        notes.add(
            Words.format(
                "%s: %s: %s.%s",
                VerifyReport.name(row), finding.verdict().label(), finding.reason(), right));
      }
    }
    if (given > REASONS) {
      notes.add(
          "And " + Words.count(given - REASONS, "reason") + " more; --format json lists them.");
    }
  }

  private void server() {
    if (!result.server().isGiven()) {
      notes.add(
          "The server's counters are not given: name its last words of --view json with --server.");
      return;
    }
    long unknown = result.withoutServer();
    if (unknown > 0) {
      notes.add(
          five(unknown)
              + " without counters of the server: not in its list (report-flows, pages of"
              + " /api/flows), or rewritten on the way.");
    }
  }

  /** It counts messages where a stream is made of nothing else; an older one counted reads. */
  private void messagesOfTheServer() {
    long bytesAlone =
        result.rows().stream()
            .filter(row -> row.server() != null && !row.server().areMessagesKnown())
            .count();
    if (bytesAlone > 0) {
      notes.add(
          Words.format(
              "On %s over TCP the server tells no messages, only bytes, and only those are compared:"
                  + " not all of the stream are messages with a header, or an older server counted"
                  + " reads.",
              Words.count(bytesAlone, "five-tuple")));
    }
  }

  private void limitsOfTheCapture() {
    whatIsMissing();
    whatHidesMessages();
    whatCountsOnce();
    shortMessages();
  }

  private void whatIsMissing() {
    if (capture.isCutShort()) {
      notes.add("The capture ends in the middle of a packet; what came after it is missing.");
    }
    if (capture.halfDatagrams() > 0) {
      notes.add(
          Words.count(
                  capture.halfDatagrams(),
                  "IP fragment belongs to a datagram that is not whole in the capture, or came"
                      + " twice;",
                  "IP fragments belong to datagrams that are not whole in the capture, or came"
                      + " twice;")
              + " a filter by port keeps only the first fragment.");
    }
    OptionalLong drops = capture.drops();
    if (drops.isPresent() && drops.getAsLong() > 0) {
      notes.add(
          "The capturing program lost "
              + Words.count(drops.getAsLong(), "packet")
              + ", by the file's own statistics: a larger buffer helps (-B).");
    }
    if (capture.beyond() > 0) {
      notes.add(
          Words.format(
              "%s beyond the limits (%d five-tuples, %d connections).",
              Words.count(
                  capture.beyond(), "packet or five-tuple is", "packets or five-tuples are"),
              CapturedFlows.MAX_FLOWS,
              CaptureReader.MAX_STREAMS));
    }
    sum(
        "byte of TCP is missing in the capture.",
        "bytes of TCP are missing in the capture.",
        flow -> flow.out.missingBytes + flow.back.missingBytes);
    sum(
        "connection had begun before the capture did.",
        "connections had begun before the capture did.",
        flow -> Math.max(flow.out.begunBefore, flow.back.begunBefore));
  }

  private void whatHidesMessages() {
    if (capture.cutAside() > 0 && !result.isAgreed()) {
      notes.add(
          Words.count(capture.cutAside(), "packet", "packets")
              + " of those left aside "
              + Words.form(capture.cutAside(), "is", "are")
              + " cut (snaplen) within the headers, and may be of the run: capture more of each"
              + " packet (-s 0).");
    }
    sum(
        "packet is cut (snaplen); where that hides TCP messages, only their bytes are compared.",
        "packets are cut (snaplen); where that hides TCP messages, only their bytes are compared.",
        flow -> flow.out.cut + flow.back.cut);
    sum(
        "datagram may be several, which left joined (udp-gso), and too little was captured to tell:"
            + " only the bytes are compared on its five-tuple. Capture more of each packet (-s 0).",
        "datagrams may be several each, which left joined (udp-gso), and too little was captured to"
            + " tell: only the bytes are compared on their five-tuples. Capture more of each packet"
            + " (-s 0).",
        CapturedFlow::untold);
  }

  private void whatCountsOnce() {
    sum(
        "packet is one seen at another interface or hop, too, and counted once.",
        "packets are the same ones seen at another interface or hop, and counted once.",
        flow -> flow.out.elsewhere + flow.back.elsewhere);
    String had =
        result.server().isGiven()
            ? " in the capture twice or more, and counted once: neither client nor server had two."
            : " in the capture twice or more, and counted once: the client had one.";
    sum("packet is" + had, "packets are" + had, flow -> flow.out.copies + flow.back.copies);
    String doubled =
        result.server().isGiven()
            ? " came by twice, doubled by the network: the server counts both, the client one."
            : " came by twice, doubled by the network or captured twice; the server's counters would"
                + " tell (--server).";
    sum("request" + doubled, "requests" + doubled, flow -> flow.out.repeated);
    sum(
        "byte of others is on the same five-tuples; only the server counts it.",
        "bytes of others are on the same five-tuples; only the server counts them.",
        flow -> flow.out.foreignBytes + flow.back.foreignBytes);
  }

  private void shortMessages() {
    if (result.run().shares().values().stream().anyMatch(share -> !share.canName())) {
      notes.add(
          Words.format(
              "Messages under %d bytes cannot name themselves: only datagrams and bytes are"
                  + " compared.",
              MessageIds.WORD_BYTES));
    } else if (result.run().shares().values().stream()
        .anyMatch(share -> share.sizes().min() < Probe.HEADER_BYTES)) {
      notes.add(
          Words.format(
              "Messages under %d bytes have no header; they are told by the first word of their"
                  + " pattern.",
              Probe.HEADER_BYTES));
    }
  }

  private void sum(String one, String many, ToLongFunction<CapturedFlow> value) {
    long sum = capture.flows().stream().mapToLong(value).sum();
    if (sum > 0) {
      notes.add(Words.count(sum, one, many));
    }
  }

  private void packets() {
    notes.add(
        Words.format(
                "%s read with tshark %s: %d on these five-tuples, %d of the client's rehearsal on",
                Words.count(capture.packets(), "packet"),
                capture.tshark(),
                capture.ours(),
                capture.rehearsal())
            + " loopback, "
            + (capture.packets() - capture.ours() - capture.rehearsal())
            + " left aside.");
  }
}
