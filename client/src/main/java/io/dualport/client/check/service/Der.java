package io.dualport.client.check.service;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Arrays;

/**
 * The little of DER (X.690) that Kerberos and LDAP need: tag, length, content.
 *
 * @param tag the first byte; no service here has longer ones
 * @param end where the next one begins
 */
record Der(int tag, byte[] content, int end) {
  static final int INTEGER = 0x02;
  static final int OCTETS = 0x04;
  static final int ENUMERATED = 0x0a;
  static final int SEQUENCE = 0x30;

  /** A length that no answer of a service here has. */
  private static final int TOO_LONG = 1 << 16;

  /** What {@link #length} says of bytes that no length can begin with. */
  static final int NONE = -1;

  /** What it says while bytes of the length are still to come. */
  static final int UNKNOWN = -2;

  /** One with these parts, or this content. */
  static byte[] of(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length >= 0x80) {
      out.write(0x82);
      out.write(length >> Byte.SIZE);
    }
    out.write(length);
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  /** A number of one to four bytes. */
  static byte[] number(int tag, int value) {
    return of(tag, BigInteger.valueOf(value).toByteArray());
  }

  /** How many bytes tag, length and content take; or {@link #NONE}, {@link #UNKNOWN}. */
  static int length(byte[] bytes, int index) {
    int there = bytes.length - index;
    if (there < 2) {
      return UNKNOWN;
    }
    int first = bytes[index + 1] & 0xff;
    if (first < 0x80) {
      return 2 + first;
    }
    int count = first & 0x7f;
    if (count == 0 || count > Integer.BYTES) {
      return NONE;
    }
    if (there < 2 + count) {
      return UNKNOWN;
    }
    long length = 0;
    for (int i = 0; i < count; i++) {
      length = length << Byte.SIZE | bytes[index + 2 + i] & 0xff;
    }
    return length > TOO_LONG ? NONE : (int) (2 + count + length);
  }

  /** The one at an index; null if there is no whole one. */
  static Der at(byte[] bytes, int index) {
    if (index >= bytes.length) {
      return null;
    }
    int length = length(bytes, index);
    if (length < 0 || length > bytes.length - index) {
      return null;
    }
    int end = index + length;
    int header = bytes[index + 1] >= 0 ? 2 : 2 + (bytes[index + 1] & 0x7f);
    return new Der(bytes[index] & 0xff, Arrays.copyOfRange(bytes, index + header, end), end);
  }

  /** The first part with a tag; null if there is none. */
  Der part(int wanted) {
    for (Der part = at(content, 0); part != null; part = at(content, part.end)) {
      if (part.tag == wanted) {
        return part;
      }
    }
    return null;
  }

  /** The content as a number; -1 if it is none that fits. */
  int number() {
    if (content.length == 0 || content.length > Integer.BYTES) {
      return -1;
    }
    int value = content[0];
    for (int i = 1; i < content.length; i++) {
      value = value << Byte.SIZE | content[i] & 0xff;
    }
    return value;
  }
}
