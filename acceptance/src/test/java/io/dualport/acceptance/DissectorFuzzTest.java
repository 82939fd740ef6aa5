package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * wireshark/dual.lua over packets that nobody sends: messages with bytes changed, cut off, doubled,
 * in datagrams and in streams that repeat, skip and overlap. {@code -Ddual.captures=N} makes more
 * files of them, {@code -Ddual.seed=N} the one that failed.
 */
@Tag("kernel")
class DissectorFuzzTest {
  private static final int CAPTURES = Integer.getInteger("dual.captures", 2);
  private static final int PACKETS = 1_500;
  private static final int RAW_IP = 101; // LINKTYPE_RAW, tcpdump.org/linktypes.html
  private static final int IP_BYTES = 20;
  private static final int TCP = 6;
  private static final int UDP = 17;

  @TempDir private Path folder;

  @Test
  void shouldReadAnyPacketWithoutAnError() throws Exception {
    Dissector.require();
    Long only = Long.getLong("dual.seed");
    long from = only == null ? 0 : only;
    for (long seed = from; seed < (only == null ? CAPTURES : only + 1); seed++) {
      Path capture = capture(seed);
      Shell read =
          Shell.run(
              List.of(
                  "tshark",
                  "-2",
                  "-V",
                  "-X",
                  "lua_script:" + Dissector.SCRIPT,
                  "-o",
                  "udp.try_heuristic_first:TRUE",
                  "-o",
                  "tcp.try_heuristic_first:TRUE",
                  "-r",
                  capture.toString()));

      String what = "capture of seed " + seed + " (-Ddual.seed=" + seed + ")";
      assertThat(read.exitCode()).as("%s: %s", what, read.err()).isZero();
      // Not the string itself: a failure would print all of it.
      assertThat(read.out().contains("Dualport Probe")).as("%s is dissected", what).isTrue();
      assertThat(
              (read.out() + read.err())
                  .lines()
                  .filter(line -> line.matches(".*(Lua [Ee]rror|dual\\.lua:\\d|Dissector bug).*")))
          .as(what)
          .isEmpty();
    }
  }

  private Path capture(long seed) throws IOException {
    Random random = new Random(seed);
    ByteBuf file = Unpooled.buffer();
    file.writeInt(0xa1b2c3d4).writeShort(2).writeShort(4).writeLong(0).writeInt(1 << 18);
    file.writeInt(RAW_IP);
    long[] sequence = new long[8];
    for (int i = 0; i < PACKETS; i++) {
      int peer = random.nextInt(sequence.length);
      byte[] payload = payload(random, i);
      boolean isRequest = random.nextInt(3) > 0;
      byte[] packet =
          peer < 4
              ? datagram(peer, payload, isRequest)
              : segment(peer, payload, isRequest, (int) sequence[peer]);
      // Mostly in order; now and then the same again, or with a hole.
      sequence[peer] += random.nextInt(8) == 0 ? random.nextInt(400) - 200 : payload.length;
      int kept = random.nextInt(16) == 0 ? IP_BYTES + 8 + random.nextInt(40) : packet.length;
      kept = Math.min(kept, packet.length);
      file.writeInt(1_700_000_000 + i / 100).writeInt(i % 100 * 10_000);
      file.writeInt(kept).writeInt(packet.length).writeBytes(packet, 0, kept);
    }
    return Files.write(folder.resolve("fuzz-" + seed + ".pcap"), ByteBufUtil.getBytes(file));
  }

  /** One message or a few, most of them damaged somewhere. */
  private static byte[] payload(Random random, int number) {
    ByteBuf bytes = Unpooled.buffer();
    for (int i = random.nextInt(3); i >= 0; i--) {
      new Probe(Probe.HEADER_BYTES + random.nextInt(60), random.nextBoolean(), 7, number / 4, 1)
          .write(bytes);
    }
    for (int edits = random.nextInt(4); edits > 0; edits--) {
      int at = random.nextInt(random.nextBoolean() ? 16 : bytes.writerIndex());
      switch (random.nextInt(3)) {
        case 0 -> bytes.setByte(at, random.nextInt());
        case 1 -> bytes.setInt(Math.min(at, bytes.writerIndex() - 4), random.nextInt());
        default -> bytes.writerIndex(Math.max(20, random.nextInt(bytes.writerIndex())));
      }
    }
    return ByteBufUtil.getBytes(bytes);
  }

  private static byte[] datagram(int peer, byte[] payload, boolean isRequest) {
    ByteBuffer packet = ip(UDP, 8 + payload.length, isRequest);
    ports(packet, peer, isRequest);
    packet.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
    return packet.array();
  }

  private static byte[] segment(int peer, byte[] payload, boolean isRequest, int sequence) {
    ByteBuffer packet = ip(TCP, 20 + payload.length, isRequest);
    ports(packet, peer, isRequest);
    packet.putInt(sequence).putInt(1).putShort((short) 0x5018).putShort((short) 1000);
    packet.putInt(0).put(payload);
    return packet.array();
  }

  private static ByteBuffer ip(int protocol, int length, boolean isRequest) {
    ByteBuffer packet = ByteBuffer.allocate(IP_BYTES + length);
    packet.putShort((short) 0x4500).putShort((short) packet.capacity()).putInt(0);
    packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
    packet.putInt(isRequest ? 0xc0000201 : 0xc0000202).putInt(isRequest ? 0xc0000202 : 0xc0000201);
    return packet;
  }

  private static void ports(ByteBuffer packet, int peer, boolean isRequest) {
    short client = (short) (40_000 + peer);
    packet.putShort(isRequest ? client : 8888).putShort(isRequest ? (short) 8888 : client);
  }
}
