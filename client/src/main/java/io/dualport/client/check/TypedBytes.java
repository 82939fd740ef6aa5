package io.dualport.client.check;

import io.dualport.config.RefusedValueException;
import io.dualport.config.Setting;
import io.dualport.transport.Datagrams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HexFormat;

/** Bytes as users type them: text, {@code hex:0d0a} or {@code @file}. */
final class TypedBytes {
  private static final String HEX = "hex:";
  private static final String FILE = "@";

  private TypedBytes() {}

  /** A key whose value is such bytes; empty for none. */
  static Setting<byte[]> setting(String path) {
    return new Setting<>(
        path,
        "text, hex: with an even number of hexadecimal digits, or @ with the name of a file",
        value -> bytes(String.valueOf(value.unwrapped())));
  }

  private static byte[] bytes(String typed) {
    byte[] bytes;
    if (typed.startsWith(HEX)) {
      bytes = hex(typed.substring(HEX.length()).replace(" ", ""));
    } else if (typed.startsWith(FILE)) {
      bytes = file(typed.substring(FILE.length()));
    } else {
      bytes = typed.getBytes(StandardCharsets.UTF_8);
    }
    if (bytes.length > Datagrams.MAX_IPV4_PAYLOAD) {
      throw new RefusedValueException(
          "must have no more bytes than a datagram holds, " + Datagrams.MAX_IPV4_PAYLOAD);
    }
    return bytes;
  }

  private static byte[] hex(String digits) {
    try {
      return HexFormat.of().parseHex(digits);
    } catch (IllegalArgumentException e) {
      throw new RefusedValueException("must have an even number of hexadecimal digits after hex:");
    }
  }

  private static byte[] file(String name) {
    try {
      try (InputStream file = Files.newInputStream(Path.of(name))) {
        return file.readNBytes(Datagrams.MAX_IPV4_PAYLOAD + 1); // one more is refused
      }
    } catch (IOException | InvalidPathException e) {
      throw new RefusedValueException("must name a file that can be read after @");
    }
  }
}
