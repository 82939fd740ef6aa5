package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import io.dualport.report.Cell;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/** Shows a verification: three accounts in one cell for people, side by side for programs. */
final class VerifyReport {
  /** Five-tuples that people are shown; those that do not agree first. */
  static final int SHOWN = 40;

  private static final long NONE = ServerFlow.UNKNOWN;

  private final Verification result;

  VerifyReport(Verification result) {
    this.result = result;
  }

  String render(Format format) {
    return format.render(
        switch (format) {
          case TEXT, MARKDOWN -> inOneCell();
          case JSON -> sideBySide();
        });
  }

  private Table inOneCell() {
    List<Row> shown = shown();
    Table.Builder table =
        new Columns<Row>()
            .column("five-tuple", "tuple", VerifyReport::name)
            .numbers(
                "asked",
                "asked",
                row -> three(client(row, ClientFlow::sent), asked(row), serverMessages(row, true)))
            .numbers(
                "bytes out",
                "bytesOut",
                row ->
                    three(
                        client(row, ClientFlow::bytesOut),
                        bytes(row, true),
                        server(row, ServerFlow::bytesIn)))
            .numbers(
                "echoed",
                "echoed",
                row ->
                    three(
                        client(row, ClientFlow::received), echoed(row), serverMessages(row, false)))
            .numbers(
                "bytes back",
                "bytesBack",
                row ->
                    three(
                        client(row, ClientFlow::bytesIn),
                        bytes(row, false),
                        server(row, ServerFlow::bytesOut)))
            .numbers(
                "lost", "lost", row -> three(client(row, ClientFlow::lost), unanswered(row), NONE))
            .numbers("sent again", "retransmitted", VerifyReport::again)
            .column("verdict", "verdict", row -> row.finding().verdict().label())
            .table(title(), shown);
    new VerifyNotes(result).all(shown).forEach(table::note);
    return table.build();
  }

  private List<Row> shown() {
    if (result.rows().size() <= SHOWN) {
      return result.rows();
    }
    return result.rows().stream()
        .sorted(Comparator.comparing(row -> row.finding().isAgreed()))
        .limit(SHOWN)
        .toList();
  }

  static String name(Row row) {
    if (row.tuple() == null) {
      return row.client().protocol().label() + ", never connected";
    }
    return row.tuple().source().isEmpty()
        ? row.tuple().protocol().label() + ", not listed"
        : row.tuple().toString();
  }

  /** One number where all that is known is the same. */
  private static Cell three(long client, long captured, long server) {
    long known = client != NONE ? client : captured != NONE ? captured : server;
    boolean isSame =
        (client == NONE || client == known)
            && (captured == NONE || captured == known)
            && (server == NONE || server == known);
    if (known == NONE) {
      return Cell.missing();
    }
    return isSame
        ? Cell.number(known)
        : Cell.text(text(client) + " / " + text(captured) + " / " + text(server));
  }

  private static String text(long number) {
    return number == NONE ? Cell.MISSING_TEXT : String.valueOf(number);
  }

  /** Segments of TCP; of UDP what the network doubled on the way back. */
  private static Cell again(Row row) {
    if (row.captured() == null) {
      return Cell.missing();
    }
    return isTcp(row)
        ? Cell.number(row.captured().out.retransmitted + row.captured().back.retransmitted)
        : Cell.missing();
  }

  private static boolean isTcp(Row row) {
    Protocol protocol = row.tuple() == null ? row.client().protocol() : row.tuple().protocol();
    return protocol == Protocol.TCP;
  }

  private static long client(Row row, ToLongFunction<ClientFlow> value) {
    return row.client() == null ? NONE : value.applyAsLong(row.client());
  }

  private static long captured(Row row, ToLongFunction<CapturedFlow> value) {
    return row.captured() == null ? NONE : value.applyAsLong(row.captured());
  }

  private static long server(Row row, ToLongFunction<ServerFlow> value) {
    return row.server() == null ? NONE : value.applyAsLong(row.server());
  }

  private long asked(Row row) {
    return areMessagesKnown(row) ? captured(row, flow -> flow.out.distinct()) : NONE;
  }

  private long echoed(Row row) {
    return areMessagesKnown(row) ? captured(row, flow -> flow.back.arrived()) : NONE;
  }

  private long unanswered(Row row) {
    return areMessagesKnown(row) ? captured(row, CapturedFlow::unanswered) : NONE;
  }

  private boolean areMessagesKnown(Row row) {
    return row.captured() != null
        && row.captured()
            .areMessagesKnown(
                result.run().shares().get(row.captured().tuple().protocol()).canName());
  }

  private static long bytes(Row row, boolean isRequest) {
    return captured(row, flow -> isRequest ? flow.out.distinctBytes() : flow.back.arrivedBytes());
  }

  /** Of TCP only where the server says that the stream was made of messages. */
  private static long serverMessages(Row row, boolean isRequest) {
    return server(row, isRequest ? ServerFlow::messagesIn : ServerFlow::messagesOut);
  }

  private Table sideBySide() {
    Columns<Row> columns =
        new Columns<Row>()
            .column("run", "runId", row -> result.run().runIdText())
            .column("protocol", "protocol", row -> isTcp(row) ? "tcp" : "udp")
            .column(
                "source",
                "source",
                row ->
                    row.tuple() == null || row.tuple().source().isEmpty()
                        ? null
                        : row.tuple().source())
            .column(
                "destination",
                "destination",
                row ->
                    row.tuple() == null ? result.run().destination() : row.tuple().destination());
    number(columns, "clientSent", row -> client(row, ClientFlow::sent));
    number(columns, "capturedAsked", this::asked);
    number(columns, "serverMessagesIn", row -> serverMessages(row, true));
    number(columns, "clientBytesOut", row -> client(row, ClientFlow::bytesOut));
    number(columns, "capturedBytesOut", row -> bytes(row, true));
    number(columns, "serverBytesIn", row -> server(row, ServerFlow::bytesIn));
    number(columns, "clientReceived", row -> client(row, ClientFlow::received));
    number(columns, "capturedEchoed", this::echoed);
    number(columns, "serverMessagesOut", row -> serverMessages(row, false));
    number(columns, "clientBytesBack", row -> client(row, ClientFlow::bytesIn));
    number(columns, "capturedBytesBack", row -> bytes(row, false));
    number(columns, "serverBytesOut", row -> server(row, ServerFlow::bytesOut));
    number(columns, "clientLost", row -> client(row, ClientFlow::lost));
    number(columns, "capturedUnanswered", this::unanswered);
    number(columns, "clientLate", row -> client(row, ClientFlow::late));
    number(columns, "capturedLate", row -> captured(row, CapturedFlow::late));
    number(columns, "clientDuplicated", row -> client(row, ClientFlow::duplicated));
    number(columns, "capturedDuplicated", row -> captured(row, flow -> flow.back.repeated));
    number(columns, "retransmittedOut", row -> captured(row, flow -> flow.out.retransmitted));
    number(columns, "retransmittedBack", row -> captured(row, flow -> flow.back.retransmitted));
    number(
        columns,
        "missingBytes",
        row -> captured(row, flow -> flow.out.missingBytes + flow.back.missingBytes));
    number(
        columns,
        "seenElsewhere",
        row -> captured(row, flow -> flow.out.elsewhere + flow.back.elsewhere));
    Table.Builder table =
        columns
            .column("verdict", "verdict", row -> row.finding().verdict().key())
            .column("right", "right", row -> row.finding().right())
            .column(
                "reason", "reason", row -> row.finding().isAgreed() ? null : row.finding().reason())
            .table(title(), result.rows());
    new VerifyNotes(result).all(result.rows()).forEach(table::note);
    return table.build();
  }

  private static void number(Columns<Row> columns, String key, ToLongFunction<Row> value) {
    columns.numbers(
        key,
        key,
        row -> {
          long number = value.applyAsLong(row);
          return number == NONE ? Cell.missing() : Cell.number(number);
        });
  }

  private String title() {
    return "verify "
        + result.capture().file()
        + ": "
        + result.run().command()
        + " to "
        + result.run().target()
        + ", run "
        + result.run().runIdText();
  }
}
