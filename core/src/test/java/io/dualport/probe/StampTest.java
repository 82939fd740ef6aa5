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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {
  @ParameterizedTest
  @EnumSource
  void shouldComeBackAsItWasWrittenOnBothProtocolsAndIpVersions(Protocol protocol) {
    assertRoundTrip(protocol, "192.0.2.10", "198.51.100.7");
    assertRoundTrip(protocol, "2001:db8::1", "fe80::7");
    assertRoundTrip(protocol, "0.0.0.0", "::1");
  }

  private static void assertRoundTrip(Protocol protocol, String source, String destination) {
    FiveTuple tuple =
        new FiveTuple(
            protocol, new InetSocketAddress(source, 65535), new InetSocketAddress(destination, 1));
    Stamp stamp = new Stamp(1_700_000_000_987_654_321L, tuple, 255, Long.MIN_VALUE);
    ByteBuf buffer = filled(5 + Stamp.BYTES + 5);

    stamp.set(buffer, 5);

    assertThat(Stamp.get(buffer, 5)).contains(stamp);
    assertThat(ByteBufUtil.hexDump(buffer, 0, 5)).isEqualTo("ff".repeat(5));
    assertThat(ByteBufUtil.hexDump(buffer, 5 + Stamp.BYTES, 5)).isEqualTo("ff".repeat(5));
    assertThat(buffer.readableBytes()).isEqualTo(10 + Stamp.BYTES);
  }

  @Test
  void shouldWriteIpv6AsItIsAndIpv4AsMapped() {
    ByteBuf buffer = filled(Stamp.BYTES);

    stamp("2001:db8::1", 65535, "fe80::7", 255).set(buffer, 0);
    assertThat(ByteBufUtil.hexDump(buffer))
        .isEqualTo(
            "0000000000000001"
                + "20010db8000000000000000000000001ffff"
                + "fe8000000000000000000000000000070001"
                + "06ff"
                + "0000000000000002"
                + "0000");

    stamp("10.1.2.3", 4, "127.0.0.1", 0).set(buffer, 0);
    assertThat(ByteBufUtil.hexDump(buffer, 8, 36))
        .isEqualTo(
            "00000000000000000000ffff0a010203"
                + "0004"
                + "00000000000000000000ffff7f000001"
                + "0001");
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 511, 1000})
  void shouldWrapAnEventLoopThatDoesNotFitAByte(int eventLoop) {
    ByteBuf buffer = filled(Stamp.BYTES);
    stamp("::1", 1, "::1", eventLoop).set(buffer, 0);

    assertThat(Stamp.get(buffer, 0).orElseThrow().eventLoop()).isEqualTo(eventLoop & 0xff);
  }

  @Test
  void shouldBeEmptyWhereTheServerWroteNone() {
    ByteBuf message = Unpooled.buffer();
    new Probe(96, true, 1, 2, 3).write(message);

    assertThat(Stamp.get(message, Probe.STAMP_OFFSET)).isEmpty();
  }

  @Test
  void shouldBeEmptyWhereTheProtocolIsNoneOfOurs() {
    ByteBuf buffer = filled(Stamp.BYTES);
    for (int number = 0; number < 256; number++) {
      buffer.setByte(44, number);
      assertThat(Stamp.get(buffer, 0).isPresent())
          .as("protocol number %d", number)
          .isEqualTo(number == 6 || number == 17);
    }
  }

  private static Stamp stamp(String source, int sourcePort, String destination, int eventLoop) {
    FiveTuple tuple =
        new FiveTuple(
            Protocol.TCP,
            new InetSocketAddress(source, sourcePort),
            new InetSocketAddress(destination, 1));
    return new Stamp(1, tuple, eventLoop, 2);
  }

  private static ByteBuf filled(int length) {
    ByteBuf buffer = Unpooled.buffer(length, length);
    for (int i = 0; i < length; i++) {
      buffer.writeByte(0xff);
    }
    return buffer;
  }
}
