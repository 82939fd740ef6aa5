package io.dualport.client.check.service;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Big-endian numbers and text in an answer. */
final class Bytes {
  private Bytes() {}

  /** What was put into a buffer. */
  static byte[] of(ByteBuffer buffer) {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  static byte[] from(byte[] bytes, int index) {
    return Arrays.copyOfRange(bytes, Math.min(index, bytes.length), bytes.length);
  }

  static int unsignedShort(byte[] bytes, int index) {
    return (bytes[index] & 0xff) << Byte.SIZE | bytes[index + 1] & 0xff;
  }

  static int integer(byte[] bytes, int index) {
    return ByteBuffer.wrap(bytes).getInt(index);
  }

  /** Each byte a character. */
  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] of(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether they begin so, or would, if more had come. */
  static Recognition.Kind begins(byte[] bytes, byte[] start) {
    int length = Math.min(bytes.length, start.length);
    if (!Arrays.equals(bytes, 0, length, start, 0, length)) {
      return Recognition.Kind.OTHER;
    }
    return bytes.length < start.length ? Recognition.Kind.INCOMPLETE : Recognition.Kind.PROVEN;
  }
}
