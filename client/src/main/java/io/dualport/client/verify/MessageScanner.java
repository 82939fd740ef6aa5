package io.dualport.client.verify;

import io.dualport.client.verify.MessageIds.Name;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Finds the messages in one direction of a TCP stream. After bytes that are of no message, or that
 * were not captured, it looks for the next one at every byte.
 */
final class MessageScanner {
  /** Told of what is found. */
  interface Sink {
    /**
     * A message that is there to its last byte, gaps in it counted as there.
     *
     * @param head its first bytes; valid during the call
     */
    void message(Name name, ByteBuf head);
  }

  private final MessageIds names;
  private final Sink sink;
  private final byte[] head = new byte[Probe.HEADER_BYTES];
  private final ByteBuf view = Unpooled.wrappedBuffer(head);
  private int filled;
  private Name reading;
  private long left;
  private long unnamedBytes;

  MessageScanner(MessageIds names, Sink sink) {
    this.names = names;
    this.sink = sink;
  }

  /** Bytes so far that are of no message. */
  long unnamedBytes() {
    return unnamedBytes;
  }

  void take(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (reading != null) {
        int skipped = (int) Math.min(left, to - at);
        at += skipped;
        advance(skipped);
      } else {
        head[filled++] = bytes[at++];
        look();
      }
    }
  }

  /** So many bytes are not in the capture. */
  void skip(long bytes) {
    if (reading != null && bytes <= left) {
      advance(bytes);
      return;
    }
    unnamedBytes += filled;
    filled = 0;
    reading = null;
  }

  private void look() {
    while (filled >= MessageIds.WORD_BYTES) {
      view.setIndex(0, filled);
      if (MessageIds.beginsHeader(view) && filled < Probe.HEADER_BYTES) {
        return;
      }
      Name name = names.name(Protocol.TCP, view);
      if (name != null) {
        reading = name;
        left = name.length() - filled;
        advance(0);
        return;
      }
      unnamedBytes++;
      System.arraycopy(head, 1, head, 0, --filled);
    }
  }

  private void advance(long bytes) {
    left -= bytes;
    if (left == 0) {
      view.setIndex(0, filled);
      sink.message(reading, view);
      reading = null;
      filled = 0;
    }
  }
}
