package io.dualport.client.verify;

import io.dualport.flow.Protocol;
import io.dualport.report.Cell;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.ArrayList;
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
    Table.Builder table =
        Table.titled(title())
            .column("five-tuple", "tuple")
            .numbers("asked", "asked")
            .numbers("bytes out", "bytesOut")
            .numbers("echoed", "echoed")
            .numbers("bytes back", "bytesBack")
            .numbers("lost", "lost")
            .numbers("sent again", "retransmitted")
            .column("verdict", "verdict");
    List<Row> shown = shown();
    shown.forEach(row -> table.row(cells(row)));
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

  private Object[] cells(Row row) {
    return new Object[] {
      name(row),
      three(client(row, ClientFlow::sent), asked(row), serverMessages(row, true)),
      three(client(row, ClientFlow::bytesOut), bytes(row, true), server(row, ServerFlow::bytesIn)),
      three(client(row, ClientFlow::received), echoed(row), serverMessages(row, false)),
      three(client(row, ClientFlow::bytesIn), bytes(row, false), server(row, ServerFlow::bytesOut)),
      three(client(row, ClientFlow::lost), unanswered(row), NONE),
      again(row),
      row.finding().verdict().label()
    };
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
    Table.Builder table =
        Table.titled(title())
            .column("run", "runId")
            .column("protocol", "protocol")
            .column("source", "source")
            .column("destination", "destination");
    List<Number> numbers = numbers();
    numbers.forEach(number -> table.numbers(number.key, number.key));
    table.column("verdict", "verdict").column("right", "right").column("reason", "reason");
    for (Row row : result.rows()) {
      List<Object> values = new ArrayList<>();
      values.add(result.run().runIdText());
      values.add(isTcp(row) ? "tcp" : "udp");
      values.add(
          row.tuple() == null || row.tuple().source().isEmpty() ? null : row.tuple().source());
      values.add(row.tuple() == null ? result.run().destination() : row.tuple().destination());
      for (Number number : numbers) {
        long value = number.value.applyAsLong(row);
        values.add(value == NONE ? null : value);
      }
      values.add(row.finding().verdict().key());
      values.add(row.finding().right());
      values.add(row.finding().isAgreed() ? null : row.finding().reason());
      table.row(values.toArray());
    }
    new VerifyNotes(result).all(result.rows()).forEach(table::note);
    return table.build();
  }

  private List<Number> numbers() {
    return List.of(
        new Number("clientSent", row -> client(row, ClientFlow::sent)),
        new Number("capturedAsked", this::asked),
        new Number("serverMessagesIn", row -> serverMessages(row, true)),
        new Number("clientBytesOut", row -> client(row, ClientFlow::bytesOut)),
        new Number("capturedBytesOut", row -> bytes(row, true)),
        new Number("serverBytesIn", row -> server(row, ServerFlow::bytesIn)),
        new Number("clientReceived", row -> client(row, ClientFlow::received)),
        new Number("capturedEchoed", this::echoed),
        new Number("serverMessagesOut", row -> serverMessages(row, false)),
        new Number("clientBytesBack", row -> client(row, ClientFlow::bytesIn)),
        new Number("capturedBytesBack", row -> bytes(row, false)),
        new Number("serverBytesOut", row -> server(row, ServerFlow::bytesOut)),
        new Number("clientLost", row -> client(row, ClientFlow::lost)),
        new Number("capturedUnanswered", this::unanswered),
        new Number("clientLate", row -> client(row, ClientFlow::late)),
        new Number("capturedLate", row -> captured(row, CapturedFlow::late)),
        new Number("clientDuplicated", row -> client(row, ClientFlow::duplicated)),
        new Number("capturedDuplicated", row -> captured(row, flow -> flow.back.repeated)),
        new Number("retransmittedOut", row -> captured(row, flow -> flow.out.retransmitted)),
        new Number("retransmittedBack", row -> captured(row, flow -> flow.back.retransmitted)),
        new Number(
            "missingBytes",
            row -> captured(row, flow -> flow.out.missingBytes + flow.back.missingBytes)),
        new Number(
            "seenElsewhere",
            row -> captured(row, flow -> flow.out.elsewhere + flow.back.elsewhere)));
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

  private record Number(String key, ToLongFunction<Row> value) {}
}
