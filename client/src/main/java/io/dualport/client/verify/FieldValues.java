package io.dualport.client.verify;

import java.nio.charset.StandardCharsets;

/**
 * One line of tshark's fields. A field has a value for each header of its kind, with commas
 * between; what is asked for is all of them, or the one that was kept.
 */
final class FieldValues {
  private static final int COUNT = TsharkField.values().length;
  private static final int NANO_DIGITS = 9;

  /** Where each field begins, and where the next one does. */
  private final int[] start = new int[COUNT + 1];

  /** What is kept of each. */
  private final int[] from = new int[COUNT];

  private final int[] to = new int[COUNT];
  private byte[] line;
  private boolean isNested;
  private byte[] payload = new byte[1 << 16];

  /**
   * Takes a line.
   *
   * @throws IllegalArgumentException if it has another number of fields
   */
  void set(byte[] bytes, int begin, int end) {
    line = bytes;
    start[0] = begin;
    isNested = false;
    int field = 1;
    for (int i = begin; i < end; i++) {
      if (bytes[i] == '\t') {
        if (field == COUNT) {
          throw new IllegalArgumentException("more fields than were asked for");
        }
        start[field++] = i + 1;
      } else if (bytes[i] == ',') {
        isNested = true;
      }
    }
    if (field != COUNT) {
      throw new IllegalArgumentException(field + " fields where " + COUNT + " were asked for");
    }
    start[COUNT] = end + 1;
    for (int i = 0; i < COUNT; i++) {
      from[i] = start[i];
      to[i] = start[i + 1] - 1;
    }
  }

  /** Keeps one of a field's values, from 0; nothing where it has not as many, or below 0. */
  void keep(TsharkField field, int index) {
    int i = field.ordinal();
    int end = start[i + 1] - 1;
    from[i] = index < 0 ? end : start[i];
    for (int left = index; left > 0; left--) {
      from[i] = Math.min(end, comma(from[i], end) + 1);
    }
    to[i] = comma(from[i], end);
  }

  /** Where the value that begins there ends. */
  private int comma(int begin, int end) {
    int i = begin;
    while (i < end && line[i] != ',') {
      i++;
    }
    return i;
  }

  /** How many values are kept of a field. */
  int count(TsharkField field) {
    int count = has(field) ? 1 : 0;
    for (int i = from[field.ordinal()]; i < to[field.ordinal()]; i++) {
      count += line[i] == ',' ? 1 : 0;
    }
    return count;
  }

  private int length(TsharkField field) {
    return to[field.ordinal()] - from[field.ordinal()];
  }

  /** Whether a field has several values, or both IP versions have addresses. */
  boolean isNested() {
    return has(TsharkField.IPV4_SOURCE) && has(TsharkField.IPV6_SOURCE) || isNested;
  }

  boolean has(TsharkField field) {
    return length(field) > 0;
  }

  String text(TsharkField field) {
    return new String(line, from[field.ordinal()], length(field), StandardCharsets.US_ASCII);
  }

  /** A decimal or 0x number, or true (1) or false (0); 0 if there is none. */
  long number(TsharkField field) {
    int length = length(field);
    if (length == 0) {
      return 0;
    }
    long value = 0;
    int begin = from[field.ordinal()];
    if (length > 2 && line[begin + 1] == 'x') {
      for (int i = begin + 2; i < begin + length; i++) {
        value = value << 4 | nibble(line[i]);
      }
      return value;
    }
    for (int i = begin; i < begin + length; i++) {
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
    int begin = from[TsharkField.TIME.ordinal()];
    int end = to[TsharkField.TIME.ordinal()];
    long value = 0;
    int decimals = -1;
    for (int i = begin; i < end && decimals < NANO_DIGITS; i++) {
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
    int begin = from[field.ordinal()];
    for (int i = 0; i < bytes; i++) {
      payload[i] = (byte) (nibble(line[begin + 2 * i]) << 4 | nibble(line[begin + 2 * i + 1]));
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
}
