package io.dualport.server.echo;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Framing;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Stamps the probe messages of one flow in place, as their bytes pass through, and counts those of
 * a stream. Nothing is held back and no byte is added, so the echo stays an echo however the stream
 * is cut into reads.
 */
final class Stamper {
  private final boolean on;
  private final long instanceId;

  /**
   * @param on false = every message passes untouched, and is counted all the same
   * @param instanceId drawn at the server's start
   */
  Stamper(boolean on, long instanceId) {
    this.on = on;
    this.instanceId = instanceId;
  }

  /** Stamps one datagram if it is exactly one probe message that asks for it. */
  void stampDatagram(ByteBuf datagram, FiveTuple tuple, int eventLoop) {
    if (!on) {
      return;
    }
    int start = datagram.readerIndex();
    Probe.get(datagram, start)
        .filter(probe -> probe.stampWanted() && probe.length() == datagram.readableBytes())
        .ifPresent(probe -> stamp(tuple, eventLoop).set(datagram, start + Probe.STAMP_OFFSET));
  }

  /** Follows a new connection's byte stream. */
  Stream stream(FiveTuple tuple, int eventLoop) {
    return new Stream(tuple, eventLoop);
  }

  private Stamp stamp(FiveTuple tuple, int eventLoop) {
    return new Stamp(nowNanos(), tuple, eventLoop, instanceId);
  }

  /** Since the Unix epoch. */
  private static long nowNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /**
   * Follows a byte stream from message to message by the length field. The first byte that cannot
   * belong to a probe message ends it: from there on everything passes untouched.
   */
  final class Stream {
    private final FiveTuple tuple;
    private final int eventLoop;

    /** The header of the current message as far as it has come, then with the stamp filled in. */
    private final ByteBuf header = Unpooled.buffer(Probe.HEADER_BYTES, Probe.HEADER_BYTES);

    private Framing framing = Framing.NONE;
    private boolean following = true;
    private boolean stamping;
    private boolean stamped; // the header's last bytes are a stamp
    private int position; // in the current message
    private int length; // of the current message, known from byte 12 on

    private Stream(FiveTuple tuple, int eventLoop) {
      this.tuple = tuple;
      this.eventLoop = eventLoop;
    }

    /**
     * Stamps what passes; the buffer's indexes are not moved.
     *
     * @return how many messages have their last byte in it
     */
    int pass(ByteBuf bytes) {
      int index = bytes.readerIndex();
      int messages = 0;
      while (following && index < bytes.writerIndex()) {
        int available = bytes.writerIndex() - index;
        if (position < Probe.STAMP_OFFSET) {
          index += readHeader(bytes, index, available);
        } else {
          index += passBody(bytes, index, available);
          messages += position == 0 ? 1 : 0;
        }
      }
      return messages;
    }

    /** Whether what passed until now are messages. */
    Framing framing() {
      return framing;
    }

    /** Reads up to the stamp's offset; follows no further where magic or length are not ours. */
    private int readHeader(ByteBuf bytes, int index, int available) {
      int taken = Math.min(available, Probe.STAMP_OFFSET - position);
      header.setBytes(position, bytes, index, taken);
      position += taken;
      for (int i = 0; i < Math.min(position, Long.BYTES); i++) {
        following &= header.getByte(i) == (byte) (Probe.MAGIC >>> 56 - 8 * i);
      }
      if (following && position == Probe.STAMP_OFFSET) {
        length = header.getInt(Probe.LENGTH_OFFSET);
        following = length >= Probe.HEADER_BYTES && Probe.hasKnownFlags(header, 0);
        stamping = on && (header.getUnsignedShort(Probe.FLAGS_OFFSET) & Probe.FLAG_STAMP) != 0;
        if (following) {
          framing = Framing.PROBE;
        }
        if (following && stamping) {
          stampHeader();
        }
      }
      if (!following && framing == Framing.PROBE) {
        framing = Framing.LEFT;
      }
      return taken;
    }

    /** All but the time is the same for every message of a stream, and written once. */
    private void stampHeader() {
      if (stamped) {
        header.setLong(Probe.STAMP_OFFSET, nowNanos());
      } else {
        stamp(tuple, eventLoop).set(header, Probe.STAMP_OFFSET);
        stamped = true;
      }
    }

    /** Overwrites the part of the stamp that lies in these bytes, and skips the payload. */
    private int passBody(ByteBuf bytes, int index, int available) {
      int taken = Math.min(available, length - position);
      int toStamp = Math.min(taken, Probe.HEADER_BYTES - position);
      if (stamping && toStamp > 0) {
        bytes.setBytes(index, header, position, toStamp);
      }
      position += taken;
      if (position == length) {
        position = 0;
      }
      return taken;
    }
  }
}
