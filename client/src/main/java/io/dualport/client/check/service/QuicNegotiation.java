package io.dualport.client.check.service;

import io.dualport.report.Words;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * QUIC: a packet with a long header of a version that nobody has (RFC 9000 section 15), which every
 * server answers with Version Negotiation and forgets (section 6). The answer has our connection
 * ids, swapped (RFC 8999 section 6).
 */
record QuicNegotiation(byte[] destination, byte[] source) implements ServiceQuestion {
  /** Servers answer no smaller datagram (section 14.1). */
  private static final int SMALLEST = 1200;

  private static final int ID_BYTES = 8;
  private static final int NOBODYS_VERSION = 0x1a2a3a4a;
  private static final int LONG_HEADER = 0xc0;
  private static final int VERSION_2 = 0x6b3343cf;

  /** More than any server has. */
  private static final int MAX_VERSIONS = 32;

  /** Where the versions begin: after a byte, a version of 0 and both ids with their lengths. */
  private static final int VERSIONS = 1 + Integer.BYTES + 2 * (1 + ID_BYTES);

  /** With ids of its own. */
  static QuicNegotiation begin() {
    byte[] ids = new byte[2 * ID_BYTES];
    ThreadLocalRandom.current().nextBytes(ids);
    return new QuicNegotiation(
        Arrays.copyOf(ids, ID_BYTES), Arrays.copyOfRange(ids, ID_BYTES, ids.length));
  }

  @Override
  public byte[] ask(int sizeBytes) {
    ByteBuffer packet = ByteBuffer.allocate(Math.max(SMALLEST, sizeBytes));
    packet.put((byte) LONG_HEADER).putInt(NOBODYS_VERSION);
    packet.put((byte) ID_BYTES).put(destination).put((byte) ID_BYTES).put(source);
    return packet.array();
  }

  @Override
  public Recognition recognise(byte[] answer) {
    boolean ours =
        answer.length >= VERSIONS
            && answer[0] < 0
            && Bytes.integer(answer, 1) == 0
            && answer[5] == ID_BYTES
            && Arrays.equals(answer, 6, 6 + ID_BYTES, source, 0, ID_BYTES)
            && answer[6 + ID_BYTES] == ID_BYTES
            && Arrays.equals(answer, 7 + ID_BYTES, VERSIONS, destination, 0, ID_BYTES);
    if (!ours) {
      return Recognition.OTHER;
    }
    if (answer.length > VERSIONS + MAX_VERSIONS * Integer.BYTES) {
      return Recognition.OTHER;
    }
    if (answer.length == VERSIONS || (answer.length - VERSIONS) % Integer.BYTES != 0) {
      return Recognition.INCOMPLETE;
    }
    List<String> names = new ArrayList<>();
    for (int at = VERSIONS; at < answer.length; at += Integer.BYTES) {
      int version = Bytes.integer(answer, at);
      if ((version & 0x0f0f0f0f) != 0x0a0a0a0a) { // reserved, to exercise clients
        names.add(named(version));
      }
    }
    return Recognition.proven(
        "QUIC server" + (names.isEmpty() ? "" : " (" + String.join(", ", names) + ")"));
  }

  private static String named(int version) {
    return switch (version) {
      case 1 -> "version 1";
      case VERSION_2 -> "version 2";
      default ->
          version >>> 8 == 0xff0000
              ? "draft " + (version & 0xff)
              : Words.format("version %08x", version);
    };
  }
}
