package io.dualport.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.nio.ByteBuffer;

/**
 * What the datagram sockets of one event loop receive into: slots of {@link Datagrams#SLOT_BYTES},
 * as many as recent reads filled. A datagram that comes alone is read by recvmsg(2) into one slot;
 * a burst by recvmmsg(2) into up to {@link #MOST}. The memory is kept, so nothing is allocated, and
 * given again only once nobody holds a part of it.
 *
 * <p>For one event loop. Epoll alone has recvmmsg; elsewhere a read has one slot.
 */
public final class ReceiveSlots implements RecvByteBufAllocator {
  /** Slots of the largest read: 4 MiB, of which small datagrams touch a page each. */
  public static final int MOST = 64;

  private static final int[] SIZES = {1, 4, 16, MOST};

  /** So many full reads follow each other before other sockets have their turn. */
  private static final int READS_AT_ONCE = 16;

  /** Reads of a single datagram before one slot is enough, or before more are tried. */
  private static final int SINGLES = 16;

  private final ByteBuf[] kept = new ByteBuf[SIZES.length];

  @Override
  public ExtendedHandle newHandle() {
    return new SocketReads();
  }

  /** The slots of one size, or others like them while a part of those is still held. */
  private ByteBuf slots(int size, ByteBufAllocator allocator) {
    ByteBuf slots = kept[size];
    if (slots == null) {
      slots = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(SIZES[size] * Datagrams.SLOT_BYTES));
      kept[size] = slots;
    }
    return slots.refCnt() == 1
        ? slots.clear().retain()
        : allocator.directBuffer(SIZES[size] * Datagrams.SLOT_BYTES);
  }

  /** How one socket reads. */
  private final class SocketReads implements ExtendedHandle {
    private ChannelConfig config;
    private int size;
    private int reads;
    private int singles;
    private int received;
    private int lastBytes;
    private int attemptedBytes;

    @Override
    public void reset(ChannelConfig ofChannel) {
      config = ofChannel;
      reads = 0;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      received = 0;
      return slots(size, allocator);
    }

    @Override
    public void incMessagesRead(int messages) {
      received += messages;
    }

    @Override
    public void lastBytesRead(int bytes) {
      lastBytes = bytes;
    }

    /**
     * Goes on only where every slot was filled. One slot tells nothing: then the kernel's next
     * report does, which costs no more than a read that finds nothing.
     */
    @Override
    public boolean continueReading() {
      int slots = SIZES[size];
      boolean full = received >= slots;
      adapt(slots);
      return full && slots > 1 && ++reads < READS_AT_ONCE && config.isAutoRead();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier mayBeMore) {
      return continueReading();
    }

    /** Up at once, down slowly; from one slot, which is always full, a larger read is a trial. */
    private void adapt(int slots) {
      if (slots == 1) {
        if (++singles >= SINGLES || received > 1) {
          singles = SINGLES / 2;
          size = 1;
        }
      } else if (received >= slots) {
        singles = 0;
        size = Math.min(size + 1, SIZES.length - 1);
      } else if (received > SIZES[size - 1]) {
        singles = 0;
      } else if (++singles >= SINGLES) {
        singles = 0;
        size--;
      }
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      attemptedBytes = bytes;
    }

    @Override
    public int attemptedBytesRead() {
      return attemptedBytes;
    }

    @Override
    public int lastBytesRead() {
      return lastBytes;
    }

    @Override
    public int guess() {
      return SIZES[size] * Datagrams.SLOT_BYTES;
    }

    @Override
    public void readComplete() {
      // Each read has been judged when it was done.
    }
  }
}
