package io.dualport.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class PatternTest {
  private static final long RUN = 0x0123456789abcdefL;

  /** Computed once by another implementation; a client of another version checks these bytes. */
  @Test
  void shouldNeverChangeOnTheWire() {
    assertThat(ByteBufUtil.hexDump(written(new Pattern(RUN, 42), 0, 40)))
        .isEqualTo(
            "6529e918e14d229cc067966abb41c7ce4a6388da38f3bd08196f899a5f88e6f8654408e6f97e7fda");
    assertThat(ByteBufUtil.hexDump(written(new Pattern(-1, Long.MAX_VALUE), 0, 16)))
        .isEqualTo("1cdfaaf79a746f25d5d49cf5e79f26d6");
  }

  @Test
  void shouldWriteTheSameInPiecesAsAtOnce() {
    Pattern pattern = new Pattern(RUN, 7);
    ByteBuf whole = written(pattern, 0, 64);
    for (int from = 0; from <= 64; from++) {
      for (int to = from; to <= 64; to++) {
        assertThat(written(pattern, from, to)).isEqualTo(whole.slice(from, to - from));
      }
    }
    for (int position = 0; position < 64; position++) {
      assertThat(pattern.at(position)).isEqualTo(whole.getByte(position));
    }
  }

  @Test
  void shouldAppendWithoutTouchingWhatIsThere() {
    ByteBuf out = Unpooled.buffer().writeByte(1).writeByte(2);

    new Pattern(RUN, 42).write(out, 0, 3);

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0102" + "6529e9");
  }

  @Test
  void shouldDifferWithRunAndSequence() {
    ByteBuf one = written(new Pattern(RUN, 1), 0, 64);

    assertThat(one)
        .isNotEqualTo(written(new Pattern(RUN, 2), 0, 64))
        .isNotEqualTo(written(new Pattern(RUN + 1, 1), 0, 64))
        .isNotEqualTo(written(new Pattern(1, RUN), 0, 64));
  }

  @Test
  void shouldFindTheFirstByteThatDiffersAtEveryOffset() {
    Pattern pattern = new Pattern(RUN, 3);
    int length = 48;
    for (int from = 0; from < 16; from++) {
      ByteBuf bytes = written(pattern, from, from + length);
      assertThat(pattern.firstMismatch(bytes, 0, from, length)).isEqualTo(-1);
      for (int wrong = 0; wrong < length; wrong++) {
        ByteBuf damaged = bytes.copy();
        damaged.setByte(wrong, damaged.getByte(wrong) ^ 1);
        damaged.setByte(length - 1, damaged.getByte(length - 1) ^ 2);
        assertThat(pattern.firstMismatch(damaged, 0, from, length)).isEqualTo(from + wrong);
        assertThat(pattern.firstMismatch(damaged, 0, from, wrong)).isEqualTo(-1);
      }
    }
  }

  @Test
  void shouldCompareFromAnIndexAndMoveNone() {
    Pattern pattern = new Pattern(RUN, 3);
    ByteBuf bytes = Unpooled.buffer().writeZero(5);
    pattern.write(bytes, 96, 120);

    assertThat(pattern.firstMismatch(bytes, 5, 96, 24)).isEqualTo(-1);
    assertThat(pattern.firstMismatch(bytes, 4, 96, 24)).isEqualTo(96);
    assertThat(pattern.firstMismatch(bytes, 5, 96, 0)).isEqualTo(-1);
    assertThat(bytes.readerIndex()).isZero();
  }

  @Test
  void shouldFindTheSequenceThatAnyWordOfItNames() {
    for (long run : new long[] {0, RUN, -1}) {
      for (long sequence : new long[] {0, 1, 42, 3L << 40 | 17, Long.MAX_VALUE, -1}) {
        Pattern pattern = new Pattern(run, sequence);
        ByteBuf bytes = written(pattern, 0, 136);
        for (int index : new int[] {0, 1, 12, 16}) {
          assertThat(bytes.getLong(8 * index)).isEqualTo(pattern.word(index));
          assertThat(Pattern.sequenceOf(run, index, pattern.word(index))).isEqualTo(sequence);
        }
      }
    }
  }

  private static ByteBuf written(Pattern pattern, int from, int to) {
    ByteBuf out = Unpooled.buffer();
    pattern.write(out, from, to);
    return out;
  }
}
