package io.dualport.lab.experiment;

import io.dualport.lab.process.Lab;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.FailedException;
import io.dualport.lab.story.SkippedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Packets as tcpdump(1) sees them on the loopback interface, read from the hex it prints. */
final class PacketCapture {
  private static final String LISTENING = "listening on";

  /** tcpdump ends by itself after so many packets or so many seconds, even if we are gone. */
  private static final String BOUND_SECONDS = "20";

  private final Process tcpdump;
  private final int wanted;
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
    private static final int SHOWN_BYTES = 20;

    /**
     * The first of a protocol.
     *
     * @throws FailedException if there is none
     */
    static Packet ofProtocol(int protocol, List<Packet> packets) throws FailedException {
      return packets.stream()
          .filter(packet -> packet.protocol() == protocol)
          .findFirst()
          .orElseThrow(
              () -> new FailedException(Bilingual.of("no packet of protocol %d", protocol)));
    }

    /** The upper half of byte 0 (RFC 791 section 3.1). */
    int version() {
      return (bytes[0] & 0xff) >>> 4;
    }

    /** Byte 9: which protocol's header follows. */
    int protocol() {
      return bytes[9] & 0xff;
    }

    /** What follows the IP header: the transport's header and data. */
    byte[] transport() {
      return Arrays.copyOfRange(bytes, headerLength(), bytes.length);
    }

    /** The lower half of byte 0 counts words of 4 bytes. */
    private int headerLength() {
      return (bytes[0] & 0x0f) * 4;
    }

    /** The IP header byte by byte, its version and its protocol in brackets. */
    String ipHeaderInHex() {
      return hex(Arrays.copyOf(bytes, headerLength()))
          .replaceFirst("^(.)(.(?: ..){8}) (..)", "[$1]$2 [$3]");
    }

    /** What follows it, its two ports in brackets. */
    String transportInHex() {
      return hex(transport()).replaceFirst("^(.. ..) (.. ..)", "[$1] [$2]");
    }

    private static String hex(byte[] bytes) {
      return HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(SHOWN_BYTES, bytes.length));
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
    command.addAll(List.of("-i", "lo", "--immediate-mode", "-nn", "-q", "-x"));
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
                + " right to capture, as root has (%s)",
            why));
  }

  /** Whether it listens, or ended without. Takes what it said, without waiting for more. */
  private boolean hasSpoken() throws IOException {
    boolean ended = !tcpdump.isAlive();
    said.write(tcpdump.getErrorStream().readNBytes(tcpdump.getErrorStream().available()));
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
    lab.await(Bilingual.of("tcpdump wrote %d packets", wanted), () -> !tcpdump.isAlive());
    String printed = new String(tcpdump.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    return Stream.of(printed.split("\t0x0000:")).skip(1).map(PacketCapture::packet).toList();
  }

  /** Of {@code 4500 003c ...}, continued in lines such as {@code 0x0010: 7f00 0001 ...}. */
  private static Packet packet(String dump) {
    String hex =
        dump.lines()
            .filter(line -> line.matches("(\t0x....:)?[ \\p{XDigit}]+"))
            .map(line -> line.replaceFirst("\t0x....:", "").replace(" ", ""))
            .collect(Collectors.joining());
    return new Packet(HexFormat.of().parseHex(hex));
  }
}
