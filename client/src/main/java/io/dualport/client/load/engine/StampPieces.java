package io.dualport.client.load.engine;

import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The stamp in the echo of a flow's first message, which alone asks for one, put together from the
 * pieces that it comes in. It tells which server is behind the flow.
 */
public final class StampPieces {
  private static final int END = Probe.STAMP_OFFSET + Stamp.BYTES;

  private final ByteBuf bytes = Unpooled.buffer(Stamp.BYTES, Stamp.BYTES).writeZero(Stamp.BYTES);

  /** From a whole message. */
  static StampPieces of(ByteBuffer in, int at, int length) {
    StampPieces whole = new StampPieces();
    whole.take(in, at, 0, length);
    return whole;
  }

  /**
   * Takes what of it is in a piece of the message.
   *
   * @param at where the piece begins in the buffer
   * @param from which position of the message that is
   */
  void take(ByteBuffer in, int at, int from, int length) {
    int first = Math.max(from, Probe.STAMP_OFFSET);
    int end = Math.min(from + length, END);
    for (int position = first; position < end; position++) {
      bytes.setByte(position - Probe.STAMP_OFFSET, in.get(at + position - from));
    }
  }

  /** The server left it as it was sent. */
  boolean isUnwritten() {
    return bytes.forEachByte(b -> b == 0) < 0;
  }

  /** What the server wrote; empty if it is nothing that a server of this protocol writes. */
  Optional<Stamp> stamp(Protocol protocol) {
    return Stamp.get(bytes, 0)
        .filter(stamp -> stamp.tuple().protocol() == protocol)
        .filter(
            stamp -> {
              ByteBuf again = Unpooled.buffer(Stamp.BYTES, Stamp.BYTES).writeZero(Stamp.BYTES);
              stamp.set(again, 0);
              return again.equals(bytes);
            });
  }
}
