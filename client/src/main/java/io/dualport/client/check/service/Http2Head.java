package io.dualport.client.check.service;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * {@code HEAD /} by HTTP/2 (RFC 9113): the client's preface, its settings, one frame of headers,
 * and of the server's frames the headers that answer it.
 */
record Http2Head(String authority) implements ServiceQuestion {
  private static final byte[] PREFACE = Bytes.of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  private static final int FRAME_HEADER_BYTES = 9;

  /** The largest frame that may come, since our settings ask for no other (section 4.2). */
  private static final int LARGEST_FRAME = 1 << 14;

  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;
  private static final int PADDED = 0x8;
  private static final int PRIORITY = 0x20;
  private static final int ENABLE_PUSH = 2;
  private static final int STREAM = 1;

  @Override
  public byte[] ask(int sizeBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(PREFACE);
    byte[] noPush = ByteBuffer.allocate(6).putShort((short) ENABLE_PUSH).putInt(0).array();
    out.writeBytes(frame(SETTINGS, 0, 0, noPush));
    byte[] headers =
        Hpack.encoded(
            List.of(
                Map.entry(":method", "HEAD"),
                Map.entry(":scheme", "https"),
                Map.entry(":authority", authority),
                Map.entry(":path", "/"),
                Map.entry("user-agent", "dual-client"),
                Map.entry("accept", "*/*")));
    out.writeBytes(frame(HEADERS, END_STREAM | END_HEADERS, STREAM, headers));
    return out.toByteArray();
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + payload.length);
    frame.putInt(payload.length << Byte.SIZE | type).put((byte) flags).putInt(stream);
    return frame.put(payload).array();
  }

  @Override
  public Recognition recognise(byte[] answer) {
    Hpack hpack = new Hpack();
    ByteArrayOutputStream block = null;
    boolean isFirst = true;
    for (int at = 0; answer.length - at >= FRAME_HEADER_BYTES; isFirst = false) {
      int length = Bytes.integer(answer, at) >>> Byte.SIZE;
      int type = answer[at + 3] & 0xff;
      int flags = answer[at + 4];
      int stream = Bytes.integer(answer, at + 5);
      boolean isHeaders = type == HEADERS && stream == STREAM;
      boolean goesOn = type == CONTINUATION && stream == STREAM;
      // Settings come first (section 3.4), and nothing comes between pieces of headers (6.10).
      if (length > LARGEST_FRAME || isFirst && type != SETTINGS || goesOn != (block != null)) {
        return Recognition.OTHER;
      }
      int end = at + FRAME_HEADER_BYTES + length;
      if (end > answer.length) {
        return Recognition.INCOMPLETE;
      }
      byte[] payload = Arrays.copyOfRange(answer, at + FRAME_HEADER_BYTES, end);
      if (isHeaders) {
        block = new ByteArrayOutputStream();
        payload = unpadded(payload, flags);
      }
      if (payload == null) {
        return Recognition.OTHER;
      }
      if (type == RST_STREAM && stream == STREAM && length >= Integer.BYTES) {
        return refused("RST_STREAM", Bytes.integer(payload, 0));
      }
      if (type == GOAWAY && length >= 2 * Integer.BYTES && Bytes.integer(payload, 4) != 0) {
        return refused("GOAWAY", Bytes.integer(payload, 4));
      }
      if (block != null) {
        block.writeBytes(payload);
        if ((flags & END_HEADERS) != 0) {
          Recognition head = head(hpack, block.toByteArray());
          if (head != null) {
            return head;
          }
          block = null;
        }
      }
      at = end;
    }
    return answer.length < FRAME_HEADER_BYTES && answer.length > 3 && answer[3] != SETTINGS
        ? Recognition.OTHER
        : Recognition.INCOMPLETE;
  }

  /** A no is alive, too (section 7 names the codes). */
  private static Recognition refused(String frame, int error) {
    return Recognition.proven("HTTP/2 server (" + frame + ", error " + error + ")");
  }

  /** Null for padding longer than the frame (section 6.2). */
  private static byte[] unpadded(byte[] payload, int flags) {
    int from = (flags & PADDED) == 0 ? 0 : 1;
    int padding = from == 0 || payload.length == 0 ? 0 : payload[0] & 0xff;
    from += (flags & PRIORITY) == 0 ? 0 : 5;
    int to = payload.length - padding;
    return from > to ? null : Arrays.copyOfRange(payload, from, to);
  }

  /** Null for a status of 1xx, after which another follows. */
  private static Recognition head(Hpack hpack, byte[] block) {
    String status = null;
    String alternatives = null;
    List<Map.Entry<String, String>> headers = hpack.decoded(block);
    if (headers == null) {
      return Recognition.OTHER;
    }
    for (Map.Entry<String, String> header : headers) {
      if (header.getKey().equals(Hpack.STATUS)) {
        status = header.getValue();
      } else if (header.getKey().equals(Http1Head.ALT_SVC)) {
        alternatives = header.getValue();
      }
    }
    if (status == null || !status.matches("[1-5]\\d\\d")) {
      return Recognition.OTHER;
    }
    return status.startsWith("1") ? null : Http1Head.answered("HTTP/2 " + status, alternatives);
  }
}
