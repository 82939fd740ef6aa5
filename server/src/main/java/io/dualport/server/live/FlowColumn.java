package io.dualport.server.live;

import io.dualport.flow.Counter;
import io.dualport.flow.Endpoint;
import io.dualport.flow.Flow;
import io.dualport.flow.Framing;
import io.dualport.flow.Protocol;
import io.dualport.report.Cell;
import io.dualport.report.Durations;
import io.dualport.report.Quantities;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** What is shown of a five-tuple, in the order of the table; any column can be the order. */
enum FlowColumn {
  PROTOCOL("proto", 0, 5, row -> row.flow().tuple().protocol().label()),
  SOURCE(
      "source",
      1,
      15,
      row -> Endpoint.text(row.flow().tuple().source()),
      // Twins stand next to each other.
      Comparator.<FlowRow, InetSocketAddress>comparing(
              row -> row.flow().tuple().source(), FlowColumn::compare)
          .thenComparing(row -> row.flow().tuple().destination(), FlowColumn::compare)
          .thenComparing(row -> row.flow().tuple().protocol())),
  DESTINATION(
      "destination",
      3,
      11,
      row -> Endpoint.text(row.flow().tuple().destination()),
      Comparator.comparing(row -> row.flow().tuple().destination(), FlowColumn::compare)),
  RATE("msg/s", 4, 8, row -> rate(row.messagesPerSecond(), false), FlowRow::messagesPerSecond),
  BYTE_RATE("bytes/s", 2, 8, row -> rate(row.bytesPerSecond(), true), FlowRow::bytesPerSecond),
  MESSAGES(
      "messages",
      5,
      9,
      FlowColumn::messages,
      row -> row.flow().hasMessages() ? row.count(Counter.MESSAGES_IN) : Flow.UNKNOWN),
  READS("reads", 8, 7, FlowColumn::reads, row -> row.count(Counter.READS)),
  BYTES(
      "bytes",
      7,
      7,
      row -> Quantities.bytes(row.count(Counter.BYTES_IN)),
      row -> row.count(Counter.BYTES_IN)),
  DROPPED("dropped", 6, 7, row -> Quantities.count(row.dropped()), row -> row.dropped()),
  RTT(
      "kernel rtt",
      9,
      10,
      row -> known(row.flow().rttMicros(), micros -> Durations.text(micros * 1000)),
      row -> row.flow().rttMicros()),
  LOOP("loop", 11, 4, row -> "" + row.flow().eventLoop(), row -> row.flow().eventLoop()),
  INODE("inode", 12, 8, row -> known(row.flow().inode(), String::valueOf), FlowColumn::inode),
  ENDED(
      "ended",
      10,
      5,
      row -> row.flow().endedBy() == null ? "" : row.flow().endedBy(),
      Comparator.comparing(
          row -> row.flow().endedBy(), Comparator.nullsLast(Comparator.naturalOrder())));

  private static final Comparator<FlowRow> TIE =
      Comparator.<FlowRow>comparingLong(row -> -row.count(Counter.BYTES_IN))
          .thenComparingLong(row -> -row.count(Counter.MESSAGES_IN))
          .thenComparingInt(row -> row.flow().tuple().source().getPort())
          .thenComparing(row -> row.flow().tuple().protocol());

  private final String heading;
  private final int rank;
  private final int leastWidth;
  private final Function<FlowRow, String> text;
  private final boolean isNumber;
  private final Comparator<FlowRow> order;

  /** Words in the order of what is written. */
  FlowColumn(String heading, int rank, int leastWidth, Function<FlowRow, String> text) {
    this(heading, rank, leastWidth, text, Comparator.comparing(text));
  }

  /** Words in an order of their own. */
  FlowColumn(
      String heading,
      int rank,
      int leastWidth,
      Function<FlowRow, String> text,
      Comparator<FlowRow> order) {
    this.heading = heading;
    this.rank = rank;
    this.leastWidth = leastWidth;
    this.text = text;
    this.isNumber = false;
    this.order = order;
  }

  FlowColumn(
      String heading,
      int rank,
      int leastWidth,
      Function<FlowRow, String> text,
      ToDoubleFunction<FlowRow> number) {
    this.heading = heading;
    this.rank = rank;
    this.leastWidth = leastWidth;
    this.text = text;
    this.isNumber = true;
    this.order = Comparator.comparingDouble(row -> -orLowest(number.applyAsDouble(row)));
  }

  String heading() {
    return heading;
  }

  /** 0 for the column that is given up last. */
  int rank() {
    return rank;
  }

  /** So that columns do not move whenever a number gets a digit. */
  int leastWidth() {
    return leastWidth;
  }

  boolean isNumber() {
    return isNumber;
  }

  String text(FlowRow row) {
    return text.apply(row);
  }

  /** The next column to the right, or to the left, around the edge. */
  FlowColumn next(int step) {
    return values()[Math.floorMod(ordinal() + step, values().length)];
  }

  /**
   * Numbers from the highest, words from A, addresses from the lowest, ended ones before live ones;
   * equal ones by what they carried in all.
   */
  Comparator<FlowRow> order(boolean reversed) {
    return (reversed ? order.reversed() : order).thenComparing(TIE);
  }

  /** IPv4 before IPv6, then as numbers, then by port. */
  private static int compare(InetSocketAddress one, InetSocketAddress other) {
    byte[] address = one.getAddress().getAddress();
    byte[] otherAddress = other.getAddress().getAddress();
    int order = Integer.compare(address.length, otherAddress.length);
    order = order == 0 ? Arrays.compareUnsigned(address, otherAddress) : order;
    return order == 0 ? Integer.compare(one.getPort(), other.getPort()) : order;
  }

  private static double orLowest(double number) {
    return Double.isNaN(number) ? Flow.UNKNOWN : number;
  }

  private static double inode(FlowRow row) {
    return row.flow().inode();
  }

  /** A stream that is no probe has none; {@code 12+} where other bytes came after them. */
  private static String messages(FlowRow row) {
    if (!row.flow().hasMessages()) {
      return Cell.MISSING_TEXT;
    }
    String count = Quantities.count(row.count(Counter.MESSAGES_IN));
    return row.flow().framing() == Framing.LEFT ? count + "+" : count;
  }

  private static String reads(FlowRow row) {
    return row.flow().tuple().protocol() == Protocol.TCP
        ? Quantities.count(row.count(Counter.READS))
        : Cell.MISSING_TEXT;
  }

  private static String rate(double value, boolean isBytes) {
    if (Double.isNaN(value)) {
      return Cell.MISSING_TEXT;
    }
    return isBytes ? Quantities.bytes(value) : Quantities.count(value);
  }

  private static String known(long value, Function<Long, String> text) {
    return value == Flow.UNKNOWN ? Cell.MISSING_TEXT : text.apply(value);
  }
}
