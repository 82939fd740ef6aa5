package io.dualport.acceptance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A capture file whose packets are those of another, each damaged in one way: every byte of the
 * probe header overwritten, a few anywhere, cut short, or magics strewn in. The same every time.
 */
final class DamagedCapture {
  private static final long SEED = 20_260_101;
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int ETHERNET_HEADER = 14;
  private static final int LARGEST = 1600;
  private static final int PROBE_HEADER = 96;
  private static final int STREWN = 3000;
  private static final byte[] MAGIC = "DUALPRB1".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] TELLING = {0, 1, 0x7f, (byte) 0x80, (byte) 0xff};

  private final byte[] head;
  private final List<byte[]> packets = new ArrayList<>();
  private final List<byte[]> probes = new ArrayList<>();
  private final Random random = new Random(SEED);
  private final ByteBuffer out;
  private int written;

  private DamagedCapture(byte[] file) {
    head = Arrays.copyOf(file, FILE_HEADER);
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(FILE_HEADER);
    while (in.remaining() > RECORD_HEADER) {
      int length = in.getInt(in.position() + 8);
      byte[] packet = new byte[length];
      in.position(in.position() + RECORD_HEADER).get(packet);
      if (length <= LARGEST) {
        packets.add(packet);
      }
    }
    packets.stream().filter(packet -> magicIn(packet) > 0).forEach(probes::add);
    out = ByteBuffer.allocate(64 << 20).order(ByteOrder.LITTLE_ENDIAN).put(head);
  }

  /**
   * Writes the damaged packets of a pcap file as tcpdump writes it on this machine, little endian.
   *
   * @param most packets to damage in full, of those that have a probe header
   * @return how many packets were written
   */
  static int write(Path from, Path to, int most) throws IOException {
    DamagedCapture damaged = new DamagedCapture(Files.readAllBytes(from));
    int step = Math.max(1, damaged.probes.size() / most);
    for (int i = 0; i < damaged.probes.size(); i += step) {
      damaged.overwriteEachByteOfTheHeader(damaged.probes.get(i));
      damaged.cutAtEachByteOfTheHeader(damaged.probes.get(i));
    }
    for (int i = 0; i < STREWN; i++) {
      damaged.strew(damaged.packets.get(damaged.random.nextInt(damaged.packets.size())));
    }
    Files.write(to, Arrays.copyOf(damaged.out.array(), damaged.out.position()));
    return damaged.written;
  }

  private void overwriteEachByteOfTheHeader(byte[] packet) {
    int start = magicIn(packet);
    for (int at = start; at < Math.min(start + PROBE_HEADER, packet.length); at++) {
      byte[] copy = packet.clone();
      copy[at] = TELLING[random.nextInt(TELLING.length)];
      add(copy, copy.length);
    }
  }

  private void cutAtEachByteOfTheHeader(byte[] packet) {
    int start = magicIn(packet);
    for (int at = start; at < Math.min(start + PROBE_HEADER + 2, packet.length); at++) {
      add(Arrays.copyOf(packet, at), packet.length);
    }
  }

  private void strew(byte[] packet) {
    byte[] copy = packet.clone();
    for (int i = random.nextInt(8); i >= 0; i--) {
      int at = ETHERNET_HEADER + random.nextInt(copy.length - ETHERNET_HEADER);
      if (random.nextBoolean()) {
        copy[at] = (byte) random.nextInt();
      } else {
        System.arraycopy(MAGIC, 0, copy, at, Math.min(MAGIC.length, copy.length - at));
      }
    }
    int captured = random.nextInt(4) > 0 ? copy.length : ETHERNET_HEADER + random.nextInt(64);
    add(Arrays.copyOf(copy, Math.min(captured, copy.length)), copy.length);
  }

  /** Adds a packet; a quarter goes on in the conversation it comes from, the others have a new. */
  private void add(byte[] packet, int originalLength) {
    int ports = ETHERNET_HEADER + ((packet.length > 14 && packet[14] >>> 4 == 4) ? 20 : 40);
    if (packet.length > ports + 1 && written % 4 != 0) {
      packet[ports] = (byte) (0x40 + (written >>> 8 & 0x3f));
      packet[ports + 1] = (byte) written;
    }
    out.putInt(1_700_000_000 + written).putInt(0).putInt(packet.length).putInt(originalLength);
    out.put(packet);
    written++;
  }

  private static int magicIn(byte[] packet) {
    return new String(packet, StandardCharsets.ISO_8859_1).indexOf("DUALPRB1");
  }
}
