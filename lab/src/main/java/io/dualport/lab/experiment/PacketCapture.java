package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import io.dualport.lab.story.Bilingual;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packets as tcpdump(1) sees them on the loopback interface, read from the bytes of its capture
 * file (draft-ietf-opsawg-pcap): a file header, then each packet behind a header of its own.
 */
final class PacketCapture {
  private static final String LOOPBACK_INTERFACE = "lo";
  private static final String LISTENING = "listening on";

  /** tcpdump ends by itself after so many packets or so many seconds, even if we are gone. */
  private static final String BOUND_SECONDS = "20";

  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int CAPTURED_LENGTH_AT = 8;
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;

  /** Linux gives loopback packets an Ethernet header with addresses of zero. */
  private static final int ETHERNET_HEADER = 14;

  /** We ask for single packets. */
  private static final int MOST_BYTES = 1 << 16;

  private final Process tcpdump;
  private final int wanted;
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private PacketCapture(Process tcpdump, int wanted) {
    this.tcpdump = tcpdump;
    this.wanted = wanted;
  }

  /**
   * An IPv4 packet, from the first byte of its IP header on.
   *
   * @param bytes as they were on the wire
   */
  record Packet(byte[] bytes) {
    /** The upper half of byte 0 (RFC 791 section 3.1). */
    int version() {
      return (bytes[0] & 0xff) >>> 4;
    }

    /** Byte 9: which protocol's header follows. */
    int protocol() {
      return bytes[9] & 0xff;
    }

    byte[] ipHeader() {
      return Arrays.copyOf(bytes, headerLength());
    }

    /** What follows the IP header: the transport's header and data. */
    byte[] transport() {
      return Arrays.copyOfRange(bytes, headerLength(), bytes.length);
    }

    /** The lower half of byte 0 counts words of 4 bytes. */
    private int headerLength() {
      return (bytes[0] & 0x0f) * 4;
    }
  }

  /**
   * Begins to capture; returns once every packet from now on will be seen.
   *
   * @param packets how many are wanted
   * @param filter as pcap-filter(7) has it
   * @throws SkippedException if nothing can be captured here
   */
  static PacketCapture start(Lab lab, int packets, String filter) throws Exception {
    List<String> command = new ArrayList<>(List.of("timeout", BOUND_SECONDS, "tcpdump"));
    command.addAll(List.of("-i", LOOPBACK_INTERFACE, "-U", "--immediate-mode", "-w", "-"));
    command.addAll(List.of("-c", String.valueOf(packets), filter));
    PacketCapture capture;
    try {
      capture = new PacketCapture(lab.spawn(command), packets);
    } catch (IOException noTimeout) {
      throw cannot(noTimeout.getMessage());
    }
    lab.await("tcpdump listens or gives up", capture::hasSpoken);
    if (!capture.text().contains(LISTENING)) {
      throw cannot(capture.text().lines().findFirst().orElse("tcpdump"));
    }
    return capture;
  }

  private static SkippedException cannot(String why) {
    return new SkippedException(
        Bilingual.of(
            "no packet can be captured here: it needs Linux, tcpdump (Debian: tcpdump) and the"
                + " right to capture, as root has (%s)", why));
  }

  /** Whether it listens, or ended without. */
  private boolean hasSpoken() throws IOException {
    boolean ended = !tcpdump.isAlive();
    drain(tcpdump.getErrorStream(), said);
    return ended || text().contains(LISTENING);
  }

  private String text() {
    return said.toString(StandardCharsets.UTF_8);
  }

  /**
   * Every packet, in the order seen.
   *
   * @throws FailedException if fewer come than were wanted
   */
  List<Packet> packets(Lab lab) throws Exception {
    lab.await(
        Bilingual.of("tcpdump wrote %d packets", wanted),
        () -> {
          drain(tcpdump.getInputStream(), file);
          return parsed().size() >= wanted;
        });
    return parsed();
  }

  /** Takes what is there, without waiting. */
  private static void drain(InputStream from, ByteArrayOutputStream to) throws IOException {
    to.write(from.readNBytes(Math.min(from.available(), MOST_BYTES)));
  }

  private List<Packet> parsed() throws IOException {
    List<Packet> packets = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(file.toByteArray());
    if (bytes.remaining() < FILE_HEADER) {
      return packets;
    }
    bytes.order(order(bytes.getInt(0)));
    int at = FILE_HEADER;
    while (bytes.limit() - at >= RECORD_HEADER) {
      int length = bytes.getInt(at + CAPTURED_LENGTH_AT);
      int begin = at + RECORD_HEADER;
      if (length < ETHERNET_HEADER || length > MOST_BYTES) {
        throw new IOException("tcpdump wrote a packet of " + length + " bytes");
      }
      if (bytes.limit() - begin < length) {
        break;
      }
      packets.add(
          new Packet(Arrays.copyOfRange(bytes.array(), begin + ETHERNET_HEADER, begin + length)));
      at = begin + length;
    }
    return packets;
  }

  /** A capture file is in the byte order of the machine that wrote it; the magic number tells. */
  private static ByteOrder order(int magic) throws IOException {
    if (magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS) {
      return ByteOrder.BIG_ENDIAN;
    }
    int reversed = Integer.reverseBytes(magic);
    if (reversed == MAGIC_MICROSECONDS || reversed == MAGIC_NANOSECONDS) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    throw new IOException("not a capture file: begins with " + Integer.toHexString(magic));
  }
}
