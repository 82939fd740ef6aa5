package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;

/**
 * A stream, cut as its first bytes say and, if it is short, at every byte: what is counted does not
 * depend on the cuts, and no byte outside a stamp changes.
 */
public final class StamperFuzz {
  private static final FiveTuple TUPLE =
      new FiveTuple(
          Protocol.TCP,
          new InetSocketAddress("127.0.0.1", 40_000),
          new InetSocketAddress("127.0.0.1", 8888));
  private static final int CUTS = 8;
  private static final int SHORT = 400;

  private StamperFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    int cuts = Math.min(CUTS, input.length);
    byte[] stream = java.util.Arrays.copyOfRange(input, cuts, input.length);
    Stamper.Stream whole = new Stamper(true, 1).stream(TUPLE, 0);
    int messages = whole.pass(Unpooled.copiedBuffer(stream));
    compare(stream, input, cuts, messages, whole);
    for (int cut = 1; stream.length <= SHORT && cut < stream.length; cut++) {
      compare(stream, new byte[] {(byte) cut, (byte) (cut >> 8)}, 0, messages, whole);
    }
    ByteBuf datagram = Unpooled.copiedBuffer(stream);
    new Stamper(true, 1).stampDatagram(datagram, TUPLE, 0);
    assertThat(datagram.readableBytes()).isEqualTo(stream.length);
  }

  /**
   * @param cuts the lengths of pieces, in turns; without any, a first piece and the rest
   */
  private static void compare(
      byte[] stream, byte[] cuts, int count, int messages, Stamper.Stream whole) {
    Stamper.Stream stamps = new Stamper(true, 1).stream(TUPLE, 0);
    byte[] back = stream.clone();
    int counted = 0;
    int at = 0;
    for (int piece = 0; at < stream.length; piece++) {
      int length = count > 0 ? 1 + (cuts[piece % count] & 0xff) : first(cuts, piece, stream.length);
      int to = Math.min(stream.length, at + length);
      counted += stamps.pass(Unpooled.wrappedBuffer(back, at, to - at));
      at = to;
    }
    assertThat(counted).isEqualTo(messages);
    assertThat(stamps.framing()).isEqualTo(whole.framing());
    assertSame(stream, back);
  }

  private static int first(byte[] cut, int piece, int all) {
    return piece == 0 ? (cut[0] & 0xff) + ((cut[1] & 0xff) << 8) : all;
  }

  /** All but the stamps that the stream asks for. */
  private static void assertSame(byte[] stream, byte[] back) {
    ByteBuf bytes = Unpooled.wrappedBuffer(stream);
    long stampedTo = 0;
    long next = 0;
    for (int i = 0; i < stream.length; i++) {
      if (i == next && i + Probe.STAMP_OFFSET <= stream.length && asksForStamp(bytes, i)) {
        stampedTo = i + Probe.HEADER_BYTES;
      }
      if (i == next) {
        next = nextMessage(bytes, i, stream.length);
      }
      boolean inStamp = i < stampedTo && i >= stampedTo - Probe.HEADER_BYTES + Probe.STAMP_OFFSET;
      if (!inStamp && stream[i] != back[i]) {
        throw new AssertionError("byte " + i + " changed");
      }
    }
  }

  private static boolean isHeader(ByteBuf bytes, int at) {
    return bytes.getLong(at) == Probe.MAGIC
        && bytes.getInt(at + Probe.LENGTH_OFFSET) >= Probe.HEADER_BYTES
        && Probe.hasKnownFlags(bytes, at);
  }

  private static boolean asksForStamp(ByteBuf bytes, int at) {
    return isHeader(bytes, at) && (bytes.getShort(at + Probe.FLAGS_OFFSET) & Probe.FLAG_STAMP) != 0;
  }

  private static long nextMessage(ByteBuf bytes, int at, int length) {
    return at + Probe.STAMP_OFFSET <= length && isHeader(bytes, at)
        ? (long) at + bytes.getInt(at + Probe.LENGTH_OFFSET)
        : Long.MAX_VALUE;
  }
}
