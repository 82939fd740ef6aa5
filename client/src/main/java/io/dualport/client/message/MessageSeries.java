package io.dualport.client.message;

import io.dualport.flow.Protocol;
import io.dualport.probe.Pattern;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/**
 * The messages of a run on one protocol: what each looks like, and what its echo must look like.
 * Nothing of a message is kept; all of it follows from its sequence number.
 *
 * @param runId tells the messages of this run from those of any other
 * @param size bytes of each
 * @param stampWanted whether the server is asked to stamp what it saw
 * @param firstIntendedNanos intended send time of message 0, ns since the Unix epoch
 * @param intervalNanos from one intended send time to the next
 */
public record MessageSeries(
    Protocol protocol,
    long runId,
    int size,
    boolean stampWanted,
    long firstIntendedNanos,
    long intervalNanos) {
  /** Every byte is as it must be. */
  public static final int NO_MISMATCH = -1;

  /** Messages too short for the probe header carry the pattern alone. */
  public boolean hasHeader() {
    return size() >= Probe.HEADER_BYTES;
  }

  public Pattern pattern(int sequence) {
    return new Pattern(runId, sequence);
  }

  /** A whole message, on the heap; Netty copies it to where the kernel can read it. */
  public ByteBuf message(int sequence) {
    ByteBuf message = Unpooled.buffer(size(), size());
    probe(sequence).write(message);
    return message;
  }

  /**
   * Compares the first bytes of an echo with those of a message.
   *
   * @param index where the echo begins; the buffer's own indexes are not moved
   * @param length how many bytes to compare, at most {@link #size}; a stamp that is cut short
   *     cannot be judged and passes
   * @return the position of the first wrong byte, or {@link #NO_MISMATCH}
   */
  public int firstMismatch(int sequence, ByteBuf echo, int index, int length) {
    if (!hasHeader()) {
      return pattern(sequence).firstMismatch(echo, index, 0, length);
    }
    int wrong = headerMismatch(sequence, echo, index, Math.min(length, Probe.HEADER_BYTES));
    if (wrong != NO_MISMATCH || length <= Probe.HEADER_BYTES) {
      return wrong;
    }
    return pattern(sequence)
        .firstMismatch(
            echo, index + Probe.HEADER_BYTES, Probe.HEADER_BYTES, length - Probe.HEADER_BYTES);
  }

  /** As {@link #firstMismatch}, for up to {@link Probe#HEADER_BYTES} bytes of a header. */
  public int headerMismatch(int sequence, ByteBuf echo, int index, int length) {
    ByteBuf expected = Unpooled.buffer(Probe.HEADER_BYTES, Probe.HEADER_BYTES);
    probe(sequence).writeHeader(expected);
    for (int i = 0; i < Math.min(length, Probe.STAMP_OFFSET); i++) {
      if (echo.getByte(index + i) != expected.getByte(i)) {
        return i;
      }
    }
    return length < Probe.HEADER_BYTES ? NO_MISMATCH : stampMismatch(echo, index);
  }

  /** The stamp in an echo whose header was found right; empty if the server wrote none. */
  public static Optional<Stamp> stamp(ByteBuf echo, int index) {
    return Stamp.get(echo, index + Probe.STAMP_OFFSET);
  }

  /** How many of the first bytes differ from a message's, the stamp aside. */
  public int differences(int sequence, ByteBuf echo, int index, int length) {
    ByteBuf expected = message(sequence);
    int differences = 0;
    for (int i = 0; i < length; i++) {
      boolean stamp = hasHeader() && i >= Probe.STAMP_OFFSET && i < Probe.HEADER_BYTES;
      if (!stamp && echo.getByte(index + i) != expected.getByte(i)) {
        differences++;
      }
    }
    return differences;
  }

  private Probe probe(int sequence) {
    return new Probe(
        size(), stampWanted, runId, sequence, firstIntendedNanos + sequence * intervalNanos);
  }

  /** As it was sent, all zero, or a stamp if we asked for one; nothing else. */
  private int stampMismatch(ByteBuf echo, int index) {
    int start = index + Probe.STAMP_OFFSET;
    int written = echo.forEachByte(start, Stamp.BYTES, b -> b == 0);
    if (written < 0 || stampWanted && isStamp(echo, start)) {
      return NO_MISMATCH;
    }
    return stampWanted ? Probe.STAMP_OFFSET : written - index;
  }

  private boolean isStamp(ByteBuf echo, int start) {
    Optional<Stamp> stamp = Stamp.get(echo, start);
    if (stamp.isEmpty() || stamp.get().tuple().protocol() != protocol) {
      return false;
    }
    ByteBuf again = Unpooled.buffer(Stamp.BYTES, Stamp.BYTES).writeZero(Stamp.BYTES);
    stamp.get().set(again, 0);
    return again.equals(echo.slice(start, Stamp.BYTES));
  }
}
