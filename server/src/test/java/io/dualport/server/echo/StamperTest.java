package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Framing;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stamps in place, however the stream is cut, and nothing but probe messages that ask for it. */
class StamperTest {
  private static final int[] LENGTHS = {96, 97, 200};
  private static final int EVENT_LOOP = 3;
  private static final long INSTANCE = 0x1122334455667788L;
  private static final FiveTuple TUPLE =
      new FiveTuple(
          Protocol.TCP,
          new InetSocketAddress("192.0.2.10", 54321),
          new InetSocketAddress("2001:db8::7", 8888));

  private final Stamper stamper = new Stamper(true, INSTANCE);

  @Test
  void shouldStampTwoMessagesWhereverTheStreamIsCut() {
    for (int first : LENGTHS) {
      for (int second : LENGTHS) {
        byte[] sent = join(probe(first, 0), probe(second, 1));
        for (int cut = 0; cut <= sent.length; cut++) {
          assertStamped(sent, pass(sent, cut), 0, first);
        }
      }
    }
  }

  @Test
  void shouldStampThreeMessagesInPiecesOfEverySize() {
    byte[] sent = join(probe(97, 0), probe(96, 1), probe(200, 2));
    for (int size = 1; size <= sent.length; size++) {
      int piece = size;
      int[] cuts = IntStream.iterate(piece, cut -> cut < sent.length, cut -> cut + piece).toArray();
      assertStamped(sent, pass(sent, cuts), 0, 97, 97 + 96);
    }
  }

  @Test
  void shouldStampWhereverTheStreamIsCutTwice() {
    byte[] sent = join(probe(96, 0), probe(97, 1));
    for (int one = 0; one <= sent.length; one++) {
      for (int other = one; other <= sent.length; other++) {
        assertStamped(sent, pass(sent, one, other), 0, 96);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldCountAMessageWhereItsLastByteComes(boolean on) {
    byte[] sent = join(probe(96, 0), probe(150, 1), probe(97, 2));
    for (int one = 0; one <= sent.length; one++) {
      Stamper.Stream stream = new Stamper(on, INSTANCE).stream(TUPLE, EVENT_LOOP);

      assertThat(stream.pass(Unpooled.copiedBuffer(sent, 0, one)))
          .isEqualTo((one >= 96 ? 1 : 0) + (one >= 246 ? 1 : 0) + (one == 343 ? 1 : 0));
      assertThat(stream.framing()).isEqualTo(one < 40 ? Framing.NONE : Framing.PROBE);
      assertThat(stream.pass(Unpooled.copiedBuffer(sent, one, sent.length - one)))
          .isEqualTo((one < 96 ? 1 : 0) + (one < 246 ? 1 : 0) + (one < 343 ? 1 : 0));
      assertThat(stream.framing()).isEqualTo(Framing.PROBE);
    }
  }

  @Test
  void shouldCountNothingOnceAStreamIsNoProbeAnyMore() {
    Stamper.Stream text = stamper.stream(TUPLE, EVENT_LOOP);
    Stamper.Stream mixed = stamper.stream(TUPLE, EVENT_LOOP);

    assertThat(text.pass(Unpooled.copiedBuffer(join("hello ".getBytes(), probe(96, 0))))).isZero();
    assertThat(text.framing()).isEqualTo(Framing.NONE);
    assertThat(mixed.pass(Unpooled.copiedBuffer(join(probe(96, 0), new byte[1])))).isOne();
    assertThat(mixed.pass(Unpooled.copiedBuffer(probe(96, 1)))).isZero();
    assertThat(mixed.framing()).isEqualTo(Framing.LEFT);
  }

  @Test
  void shouldStampOnlyTheMessagesThatAsk() {
    byte[] sent = join(probe(100, 0, false), probe(200, 1, true), probe(96, 2, false));
    for (int cut = 0; cut <= sent.length; cut++) {
      assertStamped(sent, pass(sent, cut), 100);
    }
  }

  @Test
  void shouldWriteTheTimeOfArrival() {
    long before = epochNanos();
    Stamp stamp = stamp(pass(probe(96, 0)), 0);

    assertThat(stamp.receivedNanos()).isBetween(before, epochNanos());
  }

  @Test
  void shouldMoveNoIndexAndTouchNothingOutsideTheReadableBytes() {
    ByteBuf bytes = Unpooled.buffer().writeZero(7).writeBytes(probe(96, 0)).writeZero(9);
    bytes.readerIndex(7).writerIndex(7 + 96);

    stamper.stream(TUPLE, EVENT_LOOP).pass(bytes);

    assertThat(bytes.readerIndex()).isEqualTo(7);
    assertThat(bytes.readableBytes()).isEqualTo(96);
    assertThat(Stamp.get(bytes, 7 + Probe.STAMP_OFFSET)).isPresent();
    assertThat(ByteBufUtil.getBytes(bytes, 0, 7)).containsOnly(0);
    assertThat(ByteBufUtil.getBytes(bytes, 7 + 96, 9)).containsOnly(0);
  }

  @Test
  void shouldTouchNothingWhenOff() {
    byte[] sent = probe(96, 0);
    ByteBuf stream = Unpooled.copiedBuffer(sent);
    ByteBuf datagram = Unpooled.copiedBuffer(sent);
    Stamper off = new Stamper(false, INSTANCE);

    off.stream(TUPLE, EVENT_LOOP).pass(stream);
    off.stampDatagram(datagram, TUPLE, EVENT_LOOP);

    assertThat(ByteBufUtil.getBytes(stream)).isEqualTo(sent);
    assertThat(ByteBufUtil.getBytes(datagram)).isEqualTo(sent);
  }

  @Test
  void shouldPassOtherStreamsUntouchedWhereverTheyAreCut() {
    byte[] text = "GET / HTTP/1.1\r\nHost: echo.example\r\n\r\n".repeat(5).getBytes();
    byte[] noise = new byte[300];
    new Random(1).nextBytes(noise);

    assertUntouched(text);
    assertUntouched(noise);
    assertUntouched(new byte[300]);
    assertUntouched(new byte[0]);
    assertUntouched("D".getBytes());
    assertUntouched("DUALPRB1".getBytes());
    assertUntouched(Arrays.copyOf(probe(96, 0), 39));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void shouldPassAStreamUntouchedWhoseMagicDiffersInOneByte(int position) {
    byte[] almost = probe(96, 0);
    almost[position] ^= 1;

    assertUntouched(join(almost, probe(96, 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {95, 40, 1, 0, -1, Integer.MIN_VALUE})
  void shouldPassAStreamUntouchedWhoseLengthCannotBe(int length) {
    byte[] wrong = probe(200, 0);
    Unpooled.wrappedBuffer(wrong).setInt(Probe.LENGTH_OFFSET, length);

    assertUntouched(join(wrong, probe(96, 1)));
  }

  @Test
  void shouldPassJunkBehindAProbeUntouchedAndWhateverFollows() {
    for (String junk : new String[] {"x", "DUALPRB2", "DUALPRB", "junk".repeat(50)}) {
      byte[] sent = join(probe(97, 0), junk.getBytes(), probe(96, 1));
      for (int cut = 0; cut <= sent.length; cut++) {
        assertStamped(sent, pass(sent, cut), 0);
      }
    }
  }

  @Test
  void shouldTakeNoProbeInAPayloadForAMessage() {
    byte[] outer = probe(400, 0);
    System.arraycopy(probe(96, 1), 0, outer, 100, 96);
    byte[] sent = join(outer, probe(96, 2));
    for (int cut = 0; cut <= sent.length; cut++) {
      assertStamped(sent, pass(sent, cut), 0, 400);
    }
  }

  @Test
  void shouldStampAMessageOfWhichOnlyThePartWithTheStampEverComes() {
    byte[] announced = probe(200, 0);
    Unpooled.wrappedBuffer(announced).setInt(Probe.LENGTH_OFFSET, Integer.MAX_VALUE);
    byte[] sent = Arrays.copyOf(announced, 120);

    assertStamped(sent, pass(sent, 50), 0);
  }

  @Test
  void shouldStampADatagramThatIsExactlyOneMessage() {
    for (int length : LENGTHS) {
      byte[] sent = probe(length, 0);
      assertStamped(sent, passDatagram(sent), 0);
    }
  }

  @Test
  void shouldPassADatagramUntouchedThatIsNotExactlyOneMessageThatAsks() {
    byte[] probe = probe(200, 0);
    byte[] wrongMagic = probe(200, 0);
    wrongMagic[7] ^= 1;
    for (byte[] sent :
        new byte[][] {
          join(probe, new byte[1]),
          join(probe, probe(96, 1)),
          Arrays.copyOf(probe, 199),
          Arrays.copyOf(probe, 96),
          Arrays.copyOf(probe, 95),
          probe(200, 0, false),
          wrongMagic,
          new byte[0],
          new byte[96]
        }) {
      assertThat(passDatagram(sent)).isEqualTo(sent);
    }
  }

  private byte[] passDatagram(byte[] sent) {
    ByteBuf datagram = Unpooled.buffer().writeZero(3).writeBytes(sent).skipBytes(3);
    stamper.stampDatagram(datagram, TUPLE, EVENT_LOOP);
    return ByteBufUtil.getBytes(datagram);
  }

  /** Sends bytes through a new stream, cut at the given places. */
  private byte[] pass(byte[] sent, int... cuts) {
    Stamper.Stream stream = stamper.stream(TUPLE, EVENT_LOOP);
    ByteBuf passed = Unpooled.buffer();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i == cuts.length ? sent.length : cuts[i];
      ByteBuf piece = Unpooled.copiedBuffer(sent, from, to - from);
      stream.pass(piece);
      passed.writeBytes(piece);
      from = to;
    }
    return ByteBufUtil.getBytes(passed);
  }

  private void assertUntouched(byte[] sent) {
    for (int cut = 0; cut <= sent.length; cut++) {
      assertThat(pass(sent, cut)).isEqualTo(sent);
    }
    int[] everywhere = IntStream.rangeClosed(0, sent.length).toArray();
    assertThat(pass(sent, everywhere)).isEqualTo(sent);
    assertThat(passDatagram(sent)).isEqualTo(sent);
  }

  /** The messages that begin at these offsets carry our stamp, and nothing else has changed. */
  private static void assertStamped(byte[] sent, byte[] passed, int... messages) {
    byte[] expected = sent.clone();
    for (int message : messages) {
      Stamp stamp = stamp(passed, message);
      assertThat(stamp).isEqualTo(new Stamp(stamp.receivedNanos(), TUPLE, EVENT_LOOP, INSTANCE));
      ByteBuf written = Unpooled.wrappedBuffer(expected);
      stamp.set(written, message + Probe.STAMP_OFFSET);
    }
    assertThat(passed).isEqualTo(expected);
  }

  private static Stamp stamp(byte[] passed, int message) {
    return Stamp.get(Unpooled.wrappedBuffer(passed), message + Probe.STAMP_OFFSET).orElseThrow();
  }

  private static byte[] probe(int length, long sequence) {
    return probe(length, sequence, true);
  }

  private static byte[] probe(int length, long sequence, boolean stampWanted) {
    ByteBuf out = Unpooled.buffer();
    new Probe(length, stampWanted, 4711, sequence, 1).write(out);
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] join(byte[]... parts) {
    return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }
}
