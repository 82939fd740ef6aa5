package io.dualport.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.IntConsumer;

/**
 * What the datagram sockets of one event loop receive into: slots that no datagram outgrows, as
 * many as recent reads filled. A datagram that comes alone is read by recvmsg(2) into one slot; a
 * burst by recvmmsg(2) into up to {@link #MOST}. The memory is kept, so nothing is allocated, and
 * given again only once nobody holds a part of it.
 *
 * <p>For one event loop. Epoll alone has recvmmsg; elsewhere a read has one slot.
 */
public final class ReceiveSlots implements RecvByteBufAllocator {
  /**
   * From one slot to the next: {@link Datagrams#SLOT_BYTES}, a page and three cache lines more.
   * With a power of two the beginnings of all slots, and with them all small datagrams, would share
   * a few places of the processor's caches and push each other out.
   */
  static final int STRIDE_BYTES = Datagrams.SLOT_BYTES + 4096 + 3 * 64;

  /** Slots of the largest read: 4.3 MiB, of which small datagrams touch a page each. */
  public static final int MOST = 64;

  /** Counted in what Netty may use; never given back, so that no leak is looked for. */
  private static final ByteBufAllocator MEMORY = new UnpooledByteBufAllocator(true, true);

  private static final int[] SIZES = {1, 4, 16, MOST};

  /** Reads of a single datagram before one slot is enough, or before more are tried. */
  private static final int SINGLES = 16;

  private final IntConsumer shared;
  private final ByteBuf[] kept = new ByteBuf[SIZES.length];

  /**
   * @param shared told how many datagrams came in one aggregate with another one before them
   */
  public ReceiveSlots(IntConsumer shared) {
    this.shared = shared;
  }

  @Override
  public ExtendedHandle newHandle() {
    return new SocketReads();
  }

  /** The slots of one size, or others like them while a part of those is still held. */
  private ByteBuf slots(int size, ByteBufAllocator allocator) {
    ByteBuf slots = kept[size];
    if (slots == null) {
      slots = MEMORY.directBuffer(SIZES[size] * STRIDE_BYTES, SIZES[size] * STRIDE_BYTES);
      kept[size] = slots;
    }
    return slots.refCnt() == 1
        ? slots.clear().retain()
        : allocator.directBuffer(SIZES[size] * STRIDE_BYTES);
  }

  /** How one socket reads. */
  private final class SocketReads implements ExtendedHandle {
    private int size;
    private int singles;
    private ByteBuf slots;
    private int received; // by the kernel's count: an aggregate is one
    private int lastBytes;
    private int attemptedBytes;

    @Override
    public void reset(ChannelConfig ofChannel) {
      // One read at a time, whatever the channel's configuration says.
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      received = 0;
      slots = slots(size, allocator);
      return slots;
    }

    @Override
    public void incMessagesRead(int messages) {
      int read = size == 0 ? 1 : Math.max(1, lastBytes / STRIDE_BYTES);
      received += read;
      if (messages > read) {
        shared.accept(messages - read);
        if (size > 0 && read == 1) {
          slots.release(); // Netty 4.2.18 forgets a reference where recvmmsg brought one aggregate
        }
      }
    }

    @Override
    public void lastBytesRead(int bytes) {
      lastBytes = bytes;
    }

    /**
     * One read at a time: what was read is answered before the next read wants the same slots, and
     * other sockets have their turn. Where more is waiting, the kernel reports it again.
     */
    @Override
    public boolean continueReading() {
      adapt(SIZES[size]);
      return false;
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
      return SIZES[size] * STRIDE_BYTES;
    }

    @Override
    public void readComplete() {
      // Each read has been judged when it was done.
    }
  }
}
