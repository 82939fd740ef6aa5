package io.dualport.client.verify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How many packets the capturing program says it lost: the interface statistics of a pcapng file
 * (draft-ietf-opsawg-pcapng, section 4.6). The older pcap format has no place for that.
 */
final class PcapngDrops {
  private static final int SECTION = 0x0a0d0d0a;
  private static final int STATISTICS = 5;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DROPS = 5;
  private static final int SYSTEM_DROPS = 7;
  private static final int FRAME_BYTES = 12;
  private static final int BEFORE_OPTIONS = 20;
  private static final int MAX_STATISTICS_BYTES = 1 << 16;

  private final FileChannel file;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
  private OptionalLong drops = OptionalLong.empty();

  private PcapngDrops(FileChannel file) {
    this.file = file;
  }

  /** Empty if the file does not tell: another format, compressed, damaged, or no statistics. */
  static OptionalLong of(Path capture) {
    try (FileChannel file = FileChannel.open(capture)) {
      PcapngDrops reader = new PcapngDrops(file);
      reader.walk();
      return reader.drops;
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private void walk() throws IOException {
    long at = 0;
    ByteBuffer head = ByteBuffer.allocate(FRAME_BYTES);
    while (read(head, at)) {
      int type = head.order(order).getInt(0);
      if (type == SECTION) {
        order =
            head.order(ByteOrder.BIG_ENDIAN).getInt(8) == BYTE_ORDER_MAGIC
                ? ByteOrder.BIG_ENDIAN
                : ByteOrder.LITTLE_ENDIAN;
      } else if (at == 0) {
        return;
      }
      long length = Integer.toUnsignedLong(head.order(order).getInt(4));
      if (length < FRAME_BYTES) {
        return;
      }
      if (type == STATISTICS && length <= MAX_STATISTICS_BYTES) {
        statistics(at, (int) length);
      }
      at += length;
    }
  }

  private void statistics(long at, int length) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(length).order(order);
    if (!read(block, at)) {
      return;
    }
    int option = BEFORE_OPTIONS;
    while (option + 4 <= length - 4) {
      int code = Short.toUnsignedInt(block.getShort(option));
      int size = Short.toUnsignedInt(block.getShort(option + 2));
      boolean isCount = code == INTERFACE_DROPS || code == SYSTEM_DROPS;
      if (code == 0 || option + 4 + size > length - 4) {
        return;
      }
      if (isCount && size == Long.BYTES) {
        drops = OptionalLong.of(drops.orElse(0) + Math.max(0, block.getLong(option + 4)));
      }
      option += 4 + (size + 3) / 4 * 4;
    }
  }

  private boolean read(ByteBuffer into, long at) throws IOException {
    into.clear();
    while (into.hasRemaining()) {
      int read = file.read(into, at + into.position());
      if (read < 0) {
        return false;
      }
    }
    return true;
  }
}
