package io.dualport.client.verify;

import io.dualport.client.message.SizeRange;
import io.dualport.client.verify.MessageIds.Name;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;

/**
 * Tells how long each of the datagrams is that a capture shows as one: those that the sender leaves
 * to be cut into segments (UDP_SEGMENT, udp(7)), and those that were joined on the way in
 * (UDP_GRO). All are as long as the first, and the last as long as what is left.
 */
final class Segments {
  /** UDP_MAX_SEGMENTS (include/linux/udp.h) of the kernels that have most. */
  static final int MOST = 128;

  /** The answer where too little was captured to tell one datagram from several. */
  static final int UNTOLD = -1;

  private final MessageIds names;

  /** Of the run's datagrams; null if it has none. */
  private final SizeRange sizes;

  Segments(RunResult run, MessageIds names) {
    this.names = names;
    this.sizes =
        run.shares().containsKey(Protocol.UDP) ? run.shares().get(Protocol.UDP).sizes() : null;
  }

  /**
   * Bytes of each datagram in one that was captured.
   *
   * @param first names the one that it begins with; null if nothing does
   * @param bytes what was captured of it, from its first byte on
   * @param length of all of it
   * @return {@code length} if it is a single one, {@link #UNTOLD} if that cannot be known
   */
  int lengthOfEach(Name first, ByteBuf bytes, int length) {
    int captured = bytes.readableBytes();
    boolean isHeader = MessageIds.beginsHeader(bytes);
    if (first != null) {
      return each(first.length(), bytes, length, true);
    }
    if (isHeader && captured >= Probe.LENGTH_OFFSET + Integer.BYTES) {
      int said = bytes.getInt(Probe.LENGTH_OFFSET);
      boolean isCut = captured < Probe.HEADER_BYTES; // else it is damaged
      return said < Probe.HEADER_BYTES ? length : each(said, bytes, length, isCut);
    }
    if (sizes == null) {
      return length;
    }
    boolean isStranger = !isHeader && captured >= MessageIds.WORD_BYTES && canName();
    if (sizes.min() == sizes.max()) {
      return each(sizes.min(), bytes, length, !isStranger);
    }
    return isStranger || length < 2 * sizes.min() ? length : UNTOLD;
  }

  /**
   * @param size of the first one
   * @param mayAssume whether lengths alone may tell, where nothing behind the first was captured
   */
  private int each(int size, ByteBuf bytes, int length, boolean mayAssume) {
    if (size <= 0 || size >= length || (length - 1) / size >= MOST) {
      return length;
    }
    boolean isSeen = canName() && size + MessageIds.WORD_BYTES <= bytes.readableBytes();
    if (isSeen) { // and where it begins no message: somebody's addition to the first
      return isFollowed(bytes, size) ? size : length;
    }
    return mayAssume && canEndWith(length % size) ? size : length;
  }

  /** Whether another message begins at any multiple of the size; one of them may be damaged. */
  private boolean isFollowed(ByteBuf bytes, int size) {
    int end = bytes.readableBytes();
    for (int from = size; from + MessageIds.WORD_BYTES <= end; from += size) {
      ByteBuf next = bytes.slice(from, end - from);
      if (MessageIds.beginsHeader(next) || names.name(Protocol.UDP, next) != null) {
        return true;
      }
    }
    return false;
  }

  private boolean canEndWith(int rest) {
    return rest == 0 || sizes != null && rest >= sizes.min();
  }

  /** Whether every datagram of the run is long enough to name itself. */
  private boolean canName() {
    return sizes == null || sizes.min() >= MessageIds.WORD_BYTES;
  }
}
