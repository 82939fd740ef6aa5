package io.dualport.client.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One direction of a TCP stream, from segments in any order to messages. */
class StreamHalfTest {
  private static final int SEQUENCE = -700; // wraps around after 700 bytes
  private static final long HERE = 1;
  private static final long THERE = 2;

  private final List<Long> found = new ArrayList<>();
  private final StreamHalf half =
      new StreamHalf(
          new MessageScanner(
              new MessageIds(Runs.of(200, 100)), (name, head) -> found.add(name.sequence())));

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 95, 96, 97, 199, 200, 201, 1448})
  void shouldFindEveryMessageWhateverThePieces(int piece) {
    byte[] stream = stream(200, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    half.begin(SEQUENCE - 1);
    for (int at = 0; at < stream.length; at += piece) {
      segment(stream, at, Math.min(at + piece, stream.length));
    }
    assertThat(found).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(half.way().bytes).isEqualTo(2000);
    assertThat(half.way().isIncomplete()).isFalse();
  }

  @Test
  void shouldPutSegmentsInOrderAndPassRepeatedBytesOnOnce() {
    byte[] stream = stream(200, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    List<int[]> pieces = new ArrayList<>();
    for (int at = 0; at < stream.length; at += 130) {
      pieces.add(new int[] {at, Math.min(at + 130, stream.length)});
      pieces.add(new int[] {at, Math.min(at + 260, stream.length)}); // again, with what follows
    }
    Collections.shuffle(pieces, new Random(20_260_101));
    half.begin(SEQUENCE - 1);
    pieces.forEach(piece -> segment(stream, piece[0], piece[1]));
    half.finish();

    assertThat(found).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(half.way().bytes).isEqualTo(2000);
    assertThat(half.way().missingBytes).isZero();
  }

  @Test
  void shouldCountWhatWasNotCapturedAndFindTheNextMessage() {
    byte[] stream = stream(200, 0, 1, 2, 3, 4);
    half.begin(SEQUENCE - 1);
    segment(stream, 0, 250);
    segment(stream, 450, 1000); // 250 to 449 are in no packet
    half.finish();

    assertThat(found).containsExactly(0L, 3L, 4L);
    assertThat(half.way().missingBytes).isEqualTo(200);
  }

  @Test
  void shouldCountAMissingEndThatTheOtherSideAcknowledged() {
    byte[] stream = stream(200, 0, 1, 2);
    half.begin(SEQUENCE - 1);
    segment(stream, 0, 400);
    half.acked(SEQUENCE + 600);
    half.finish();

    assertThat(found).containsExactly(0L, 1L);
    assertThat(half.way().missingBytes).isEqualTo(200);
  }

  @Test
  void shouldCountAMessageWhosePayloadWasCutByTheCapture() {
    byte[] stream = stream(200, 0, 1);
    half.begin(SEQUENCE - 1);
    half.segment(SEQUENCE, 200, stream, 120, HERE, 0, false);
    half.segment(SEQUENCE + 200, 200, Arrays.copyOfRange(stream, 200, 400), 120, HERE, 0, false);

    assertThat(found).containsExactly(0L, 1L);
    assertThat(half.way().bytes).isEqualTo(400);
    assertThat(half.way().cut).isEqualTo(2);
  }

  @Test
  void shouldTellASegmentSentAgainFromTheSamePacketElsewhere() {
    byte[] stream = stream(200, 0);
    half.begin(SEQUENCE - 1);
    segment(stream, 0, 200);
    half.segment(SEQUENCE, 200, stream, 200, THERE, 0, true);
    assertThat(half.way().retransmitted).isZero();
    assertThat(half.way().elsewhere).isEqualTo(1);

    half.segment(SEQUENCE, 200, stream, 200, HERE, 0, true);
    assertThat(half.way().retransmitted).isEqualTo(1);
    assertThat(found).containsExactly(0L);
  }

  @Test
  void shouldTellASegmentSentAgainFromTheSamePacketCapturedTwice() {
    byte[] stream = stream(200, 0);
    half.begin(SEQUENCE - 1);
    half.segment(SEQUENCE, 200, stream, 200, HERE, 4711, false);
    half.segment(SEQUENCE, 200, stream, 200, HERE, 4711, true);
    assertThat(half.way().retransmitted).isZero();
    assertThat(half.way().copies).isEqualTo(1);

    half.segment(SEQUENCE, 200, stream, 200, HERE, 4712, true);
    assertThat(half.way().retransmitted).isEqualTo(1);
    assertThat(half.way().copies).isEqualTo(1);
  }

  @Test
  void shouldNotHoldMoreBehindAHoleThanItsLimit() {
    byte[] stream = stream(StreamHalf.MAX_WAITING_BYTES / 4, 0, 1, 2, 3, 4);
    half.begin(SEQUENCE - 1);
    segment(stream, 0, 500);
    for (int at = 1000; at < stream.length; at += 1000) {
      segment(stream, at, Math.min(at + 1000, stream.length));
    }
    assertThat(half.way().missingBytes).isEqualTo(500);
    assertThat(found).hasSize(5); // the hole is inside of a message whose length is known
  }

  @Test
  void shouldTellMessagesWithoutAHeaderByTheirPattern() {
    List<Long> named = new ArrayList<>();
    MessageScanner scanner =
        new MessageScanner(
            new MessageIds(Runs.of(64, 100)), (name, head) -> named.add(name.sequence()));
    byte[] stream = stream(64, 0, 1, 2);
    for (byte one : stream) {
      scanner.take(new byte[] {one}, 0, 1);
    }
    assertThat(named).containsExactly(0L, 1L, 2L);
    assertThat(scanner.unnamedBytes()).isZero();
  }

  @Test
  void shouldTakeNothingForAMessageThatIsNone() {
    byte[] noise = new byte[100_000];
    new Random(20_260_101).nextBytes(noise);
    byte[] other = Runs.message(~Runs.ID, 5, 200);
    List<Boolean> ours = new ArrayList<>();
    MessageScanner scanner =
        new MessageScanner(
            new MessageIds(Runs.of(64, 100)), (name, head) -> ours.add(name.isOurs()));
    scanner.take(noise, 0, noise.length);
    scanner.take(other, 0, other.length);

    assertThat(ours).containsExactly(false);
    assertThat(scanner.unnamedBytes()).isEqualTo(100_000);
  }

  private void segment(byte[] stream, int from, int to) {
    half.segment(
        SEQUENCE + from,
        to - from,
        Arrays.copyOfRange(stream, from, to),
        to - from,
        HERE,
        0,
        false);
  }

  private static byte[] stream(int size, long... sequences) {
    ByteBuf stream = Unpooled.buffer();
    for (long sequence : sequences) {
      stream.writeBytes(Runs.message(Runs.ID, sequence, size));
    }
    return ByteBufUtil.getBytes(stream);
  }
}
