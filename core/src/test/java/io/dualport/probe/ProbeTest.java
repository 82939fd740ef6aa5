package io.dualport.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeTest {
  private static final Probe PROBE =
      new Probe(120, true, 0x0123456789abcdefL, 42, 1_700_000_000_123_456_789L);

  /** Computed once by another implementation; other versions and Wireshark read these bytes. */
  private static final String UNSTAMPED =
      String.join(
          "",
          "4455414c50524231", // DUALPRB1
          "00000078", // length 120
          "0001", // flags: please stamp
          "0000", // reserved
          "0123456789abcdef", // run id
          "000000000000002a", // sequence 42
          "17979cfe3d85cd15", // intended send time
          "00".repeat(56), // stamp, not yet written
          "457dd9864699fe976a8d7d175ef5767d3842d89c16345de3"); // pattern from 96 on

  private static final String STAMP =
      String.join(
          "",
          "17979cfe710868b1", // received
          "00000000000000000000ffffc000020a", // source ::ffff:192.0.2.10
          "d431", // port 54321
          "00000000000000000000ffffc6336407", // destination ::ffff:198.51.100.7
          "22b8", // port 8888
          "11", // UDP
          "03", // event loop
          "feedfacecafebeef", // instance
          "0000"); // reserved

  @Test
  void shouldNeverChangeOnTheWire() {
    assertThat(ByteBufUtil.hexDump(written(PROBE))).isEqualTo(UNSTAMPED);
  }

  @Test
  void shouldCarryAStampInItsPlaceAndNothingElseChanged() {
    ByteBuf message = written(PROBE);
    new Stamp(
            1_700_000_000_987_654_321L,
            new FiveTuple(
                Protocol.UDP,
                new InetSocketAddress("192.0.2.10", 54321),
                new InetSocketAddress("198.51.100.7", 8888)),
            3,
            0xfeedfacecafebeefL)
        .set(message, Probe.STAMP_OFFSET);

    assertThat(ByteBufUtil.hexDump(message))
        .isEqualTo(UNSTAMPED.substring(0, 80) + STAMP + UNSTAMPED.substring(192));
    assertThat(Probe.get(message, 0)).contains(PROBE);
  }

  @Test
  void shouldReadBackWhatItWroteAtAnyIndex() {
    Probe other = new Probe(96, false, -1, Long.MAX_VALUE, Long.MIN_VALUE);
    ByteBuf stream = Unpooled.buffer().writeZero(3);
    PROBE.write(stream);
    other.write(stream);

    assertThat(Probe.get(stream, 3)).contains(PROBE);
    assertThat(Probe.get(stream, 123)).contains(other);
    assertThat(stream.readerIndex()).isZero();
    assertThat(stream.readableBytes()).isEqualTo(3 + 120 + 96);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 95})
  void shouldCarryThePatternAloneWhereNoHeaderFits(int length) {
    ByteBuf message = written(new Probe(length, true, 5, 6, 7));

    assertThat(message.readableBytes()).isEqualTo(length);
    assertThat(new Pattern(5, 6).firstMismatch(message, 0, 0, length)).isEqualTo(-1);
    assertThat(Probe.get(message, 0)).isEmpty();
  }

  @Test
  void shouldBeEmptyWhenTheHeaderIsNotAllThere() {
    ByteBuf message = written(PROBE);

    assertThat(Probe.get(message.slice(0, 96), 0)).contains(PROBE);
    assertThat(Probe.get(message.slice(0, 95), 0)).isEmpty();
    assertThat(Probe.get(message, 25)).isEmpty();
    assertThat(Probe.get(Unpooled.EMPTY_BUFFER, 0)).isEmpty();
  }

  @Test
  void shouldBeEmptyWhenAnyByteOfTheMagicIsAnother() {
    for (int position = 0; position < 8; position++) {
      ByteBuf message = written(PROBE);
      message.setByte(position, message.getByte(position) ^ 1);
      assertThat(Probe.get(message, 0)).as("byte %d", position).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {95, 0, -1, Integer.MIN_VALUE})
  void shouldBeEmptyWhenTheLengthCannotBe(int length) {
    ByteBuf message = written(PROBE);
    message.setInt(Probe.LENGTH_OFFSET, length);

    assertThat(Probe.get(message, 0)).isEmpty();
  }

  @Test
  void shouldReadTheStampFlagAndRefuseFlagsItDoesNotKnow() {
    ByteBuf message = written(PROBE);
    message.setShort(Probe.FLAGS_OFFSET, Probe.FLAG_STAMP);
    assertThat(Probe.get(message, 0).orElseThrow().stampWanted()).isTrue();
    message.setShort(Probe.FLAGS_OFFSET, 0);
    assertThat(Probe.get(message, 0).orElseThrow().stampWanted()).isFalse();
    message.setShort(Probe.FLAGS_OFFSET, 2);
    assertThat(Probe.get(message, 0)).isEmpty();
    message.setShort(Probe.FLAGS_OFFSET, Probe.FLAG_STAMP);
    message.setShort(Probe.FLAGS_OFFSET + 2, 1); // reserved
    assertThat(Probe.get(message, 0)).isEmpty();
  }

  private static ByteBuf written(Probe probe) {
    ByteBuf out = Unpooled.buffer();
    probe.write(out);
    return out;
  }
}
