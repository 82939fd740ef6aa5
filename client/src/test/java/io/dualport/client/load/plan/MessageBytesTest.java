package io.dualport.client.load.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.message.SizeRange;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageBytesTest {
  private static final long RUN = 0x0123456789abcdefL;
  private static final long SEQUENCE = 7L << 40 | 3;
  private static final long INTENDED = 1_000;
  private static final long EPOCH = 1_700_000_000_000_000_000L;

  /** The same bytes as every other writer of probes, in whatever pieces. */
  @ParameterizedTest
  @ValueSource(ints = {8, 13, 95, 96, 101, 200})
  void shouldWriteAndCompareTheProbeInPieces(int size) {
    ByteBuf expected = Unpooled.buffer(size);
    new Probe(size, false, RUN, SEQUENCE, EPOCH + INTENDED).write(expected);
    MessageBytes messages = new MessageBytes(RUN, new SizeRange(size, size), EPOCH);

    for (int from = 0; from <= size; from++) {
      for (int to = from; to <= size; to++) {
        ByteBuffer piece = ByteBuffer.allocate(size + 1);
        messages.write(piece, 1, SEQUENCE, size, INTENDED, from, to);
        assertThat(Unpooled.wrappedBuffer(piece).slice(1, to - from))
            .isEqualTo(expected.slice(from, to - from));
        assertThat(messages.firstMismatch(piece, 1, SEQUENCE, size, INTENDED, from, to - from))
            .isEqualTo(MessageBytes.NO_MISMATCH);
        if (to > from) {
          piece.put(to - from, (byte) ~piece.get(to - from));
          assertThat(messages.firstMismatch(piece, 1, SEQUENCE, size, INTENDED, from, to - from))
              .isEqualTo(to - 1);
        }
      }
    }
  }

  /** The first message of a flow asks for a stamp, and what is written there is no damage. */
  @Test
  void shouldAskForAStampInTheFirstMessageOfAFlow() {
    int size = 128;
    long first = 7L << 40;
    ByteBuf expected = Unpooled.buffer(size);
    new Probe(size, true, RUN, first, EPOCH + INTENDED).write(expected);
    MessageBytes messages = new MessageBytes(RUN, new SizeRange(size, size), EPOCH);
    ByteBuffer message = ByteBuffer.allocate(size);
    messages.write(message, 0, first, size, INTENDED, 0, size);
    assertThat(Unpooled.wrappedBuffer(message)).isEqualTo(expected);

    for (int at = 0; at < size; at++) {
      message.put(at, (byte) ~message.get(at));
      boolean stamp = at >= Probe.STAMP_OFFSET && at < Probe.HEADER_BYTES;
      assertThat(messages.firstMismatch(message, 0, first, size, INTENDED, 0, size))
          .isEqualTo(stamp ? MessageBytes.NO_MISMATCH : at);
      message.put(at, (byte) ~message.get(at));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1L << 40, 5L << 40})
  void shouldDrawEverySizeOfARange(long first) {
    SizeRange range = new SizeRange(100, 109);
    int[] drawn = new int[10];
    for (long n = 0; n < 10_000; n++) {
      drawn[range.of(first + n) - 100]++;
    }
    for (int times : drawn) {
      assertThat(times).isBetween(800, 1200);
    }
  }
}
