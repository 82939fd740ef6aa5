package io.dualport.client.verify;

import java.nio.charset.StandardCharsets;

/** One line of tshark's fields, which is the next line after {@link PacketLines#next}. */
final class Packet {
  private static final int COUNT = TsharkField.values().length;
  private static final int NANO_DIGITS = 9;

  private final int[] start = new int[COUNT + 1];
  private byte[] line;
  private byte[] payload = new byte[1 << 16];

  /**
   * Takes a line.
   *
   * @throws IllegalArgumentException if it has another number of fields
   */
  void set(byte[] bytes, int from, int to) {
    line = bytes;
    start[0] = from;
    int field = 1;
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\t') {
        if (field == COUNT) {
          throw new IllegalArgumentException("more fields than were asked for");
        }
        start[field++] = i + 1;
      }
    }
    if (field != COUNT) {
      throw new IllegalArgumentException(field + " fields where " + COUNT + " were asked for");
    }
    start[COUNT] = to + 1;
  }

  private int length(TsharkField field) {
    return start[field.ordinal() + 1] - 1 - start[field.ordinal()];
  }

  boolean has(TsharkField field) {
    return length(field) > 0;
  }

  String text(TsharkField field) {
    return new String(line, start[field.ordinal()], length(field), StandardCharsets.US_ASCII);
  }

  /** A decimal or 0x number, or true (1) or false (0); 0 if there is none. */
  long number(TsharkField field) {
    int length = length(field);
    if (length == 0) {
      return 0;
    }
    long value = 0;
    int from = start[field.ordinal()];
    if (length > 2 && line[from + 1] == 'x') {
      for (int i = from + 2; i < from + length; i++) {
        value = value << 4 | nibble(line[i]);
      }
      return value;
    }
    for (int i = from; i < from + length; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9) {
        return word(field);
      }
      value = value * 10 + digit;
    }
    return value;
  }

  private long word(TsharkField field) {
    return switch (text(field)) {
      case "True" -> 1;
      case "False" -> 0;
      default ->
          throw new IllegalArgumentException(
              field + " is '" + text(field) + "' where a number belongs");
    };
  }

  /** Seconds with up to nine decimals as nanoseconds. */
  long timeNanos() {
    int from = start[TsharkField.TIME.ordinal()];
    int to = from + length(TsharkField.TIME);
    long value = 0;
    int decimals = -1;
    for (int i = from; i < to && decimals < NANO_DIGITS; i++) {
      if (line[i] == '.') {
        decimals = 0;
      } else {
        int digit = line[i] - '0';
        if (digit < 0 || digit > 9) {
          throw new IllegalArgumentException("the time '" + text(TsharkField.TIME) + "'");
        }
        value = value * 10 + digit;
        decimals = decimals < 0 ? -1 : decimals + 1;
      }
    }
    for (int i = Math.max(0, decimals); i < NANO_DIGITS; i++) {
      value *= 10;
    }
    return value;
  }

  /** How many bytes {@link #payload} would give without a bound. */
  int payloadLength(TsharkField field) {
    return length(field) / 2;
  }

  /**
   * The bytes of a payload, at most so many; valid until the next call.
   *
   * @param field printed as hexadecimal digits
   */
  byte[] payload(TsharkField field, int most) {
    int bytes = Math.min(payloadLength(field), most);
    if (payload.length < bytes) {
      payload = new byte[Integer.highestOneBit(bytes) << 1];
    }
    int from = start[field.ordinal()];
    for (int i = 0; i < bytes; i++) {
      payload[i] = (byte) (nibble(line[from + 2 * i]) << 4 | nibble(line[from + 2 * i + 1]));
    }
    return payload;
  }

  private static int nibble(byte digit) {
    int value = Character.digit(digit, 16);
    if (value < 0) {
      throw new IllegalArgumentException("'" + (char) digit + "' in a hexadecimal number");
    }
    return value;
  }

  boolean isIpv6() {
    return !has(TsharkField.IPV4_SOURCE) && has(TsharkField.IPV6_SOURCE);
  }

  /** Neither TCP nor UDP: also what only quotes them. */
  boolean isIcmp() {
    return has(TsharkField.ICMPV4) || has(TsharkField.ICMPV6);
  }

  /** Whether this packet is a piece of an IP datagram, the last one included. */
  boolean isFragment() {
    return has(TsharkField.IPV6_OFFSET)
        || number(TsharkField.IPV4_MORE) != 0
        || number(TsharkField.IPV4_OFFSET) != 0;
  }

  /** Of how many fragments this packet was put together; 0 if it was whole. */
  long fragments() {
    return number(isIpv6() ? TsharkField.IPV6_FRAGMENTS : TsharkField.IPV4_FRAGMENTS);
  }

  /** Where and on which leg of its way the packet was seen: differs for copies of one packet. */
  long vantage() {
    long vantage = number(isIpv6() ? TsharkField.IPV6_HOPS : TsharkField.IPV4_TTL);
    vantage = vantage << 8 ^ number(TsharkField.COOKED_TYPE);
    vantage = vantage << 24 ^ number(TsharkField.COOKED_INTERFACE);
    return vantage << 16 ^ number(TsharkField.INTERFACE);
  }

  String source(TsharkField port) {
    return FlowKey.end(
        text(isIpv6() ? TsharkField.IPV6_SOURCE : TsharkField.IPV4_SOURCE), number(port));
  }

  String destination(TsharkField port) {
    return FlowKey.end(
        text(isIpv6() ? TsharkField.IPV6_DESTINATION : TsharkField.IPV4_DESTINATION), number(port));
  }
}
