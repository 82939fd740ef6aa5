package io.dualport.client.message;

import io.dualport.report.ControlCharacters;
import java.nio.charset.StandardCharsets;

/** The first bytes of what a stranger said, harmless to a terminal. */
public final class Preview {
  private static final int MAX_BYTES = 24;

  private Preview() {}

  public static String of(byte[] bytes) {
    int length = Math.min(MAX_BYTES, bytes.length);
    String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    return "\"" + ControlCharacters.escaped(text) + (bytes.length > length ? "..." : "") + "\"";
  }
}
