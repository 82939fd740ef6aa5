package io.dualport.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepeatsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100, 65536})
  void shouldNoticeALoopAfterExactlyTheLimitOfSightings(int limit) {
    Repeats repeats = new Repeats();
    ByteBuf datagram = datagram("round and round");

    for (int round = 0; round < 3; round++) {
      for (int sighting = 1; sighting <= limit; sighting++) {
        assertThat(repeats.isLoop(datagram, limit)).as("sighting %d", sighting).isFalse();
      }
      assertThat(repeats.isLoop(datagram, limit)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 8, 9, 15, 16, 31, 32, 33, 96, 1472, 65507})
  void shouldNoticeADatagramOfAnyLength(int length) {
    Repeats repeats = new Repeats();
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);

    for (int sighting = 1; sighting <= 5; sighting++) {
      assertThat(repeats.isLoop(Unpooled.wrappedBuffer(bytes), 5)).isFalse();
    }
    assertThat(repeats.isLoop(Unpooled.wrappedBuffer(bytes), 5)).isTrue();
  }

  @Test
  void shouldReadFromTheReadersIndexAndMoveNoIndex() {
    Repeats repeats = new Repeats();

    assertThat(repeats.isLoop(datagram("abcdefghijkl").skipBytes(2), 1)).isFalse();
    ByteBuf same = datagram("XXXXcdefghijkl").skipBytes(4);
    assertThat(repeats.isLoop(same, 1)).isTrue();
    assertThat(same.readerIndex()).isEqualTo(4);
    assertThat(same.readableBytes()).isEqualTo(10);
  }

  @Test
  void shouldNotTakeMessagesThatCountForALoop() {
    for (int length : new int[] {4, 8, 12, 16, 40, 96, 1000}) {
      byte[] filler = new byte[length];
      assertNeverALoop(
          "big endian in front, " + length,
          i -> ByteBuffer.wrap(filler.clone()).putInt(0, i).array());
      assertNeverALoop(
          "little endian in front, " + length,
          i -> ByteBuffer.wrap(filler.clone()).order(ByteOrder.LITTLE_ENDIAN).putInt(0, i).array());
      assertNeverALoop(
          "big endian at the end, " + length,
          i -> ByteBuffer.wrap(filler.clone()).putInt(length - 4, i).array());
    }
    assertNeverALoop("text", i -> ("ping " + i).getBytes(StandardCharsets.US_ASCII));
    assertNeverALoop("number", i -> String.valueOf(i).getBytes(StandardCharsets.US_ASCII));
  }

  /** Two counters that go against each other, or one number written twice. */
  @Test
  void shouldNotTakeMessagesWhosePartsOutweighEachOtherForALoop() {
    assertNeverALoop(
        "up and down", i -> ByteBuffer.allocate(16).putLong(i).putLong(-31L * i).array());
    assertNeverALoop("twice", i -> ByteBuffer.allocate(16).putLong(i).putLong(i).array());
    assertNeverALoop(
        "sequence and end",
        i -> ByteBuffer.allocate(40).putLong(24, i).putLong(32, -31L * i).array());
  }

  @Test
  void shouldNotTakeProbesForALoop() {
    assertNeverALoop(
        "probe",
        i ->
            ByteBuffer.allocate(200)
                .putLong(0x4455414C50524231L)
                .putInt(200)
                .putInt(0)
                .putLong(4711)
                .putLong(i)
                .array());
  }

  /** With a limit of one a single repeat would be a loop. */
  private static void assertNeverALoop(String what, IntFunction<byte[]> message) {
    Repeats repeats = new Repeats();
    Set<ByteBuffer> different = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = message.apply(i);
      assertThat(different.add(ByteBuffer.wrap(bytes))).as("the test's own messages").isTrue();
      assertThat(repeats.isLoop(Unpooled.wrappedBuffer(bytes), 1)).as("%s, %d", what, i).isFalse();
    }
  }

  @Test
  void shouldCatchEachOfSeveralDatagramsThatGoAround() {
    int limit = 20;
    Repeats repeats = new Repeats();
    List<ByteBuf> around = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      around.add(datagram("datagram " + i));
    }

    int rounds = 0;
    while (!around.isEmpty() && rounds++ < 50 * (limit + 2)) {
      around.removeIf(datagram -> repeats.isLoop(datagram, limit));
    }

    assertThat(around).isEmpty();
  }

  @Test
  void shouldForgetADatagramThatIsNotSeenAmongManyOthers() {
    Repeats repeats = new Repeats();
    repeats.isLoop(datagram("once"), 3);
    for (int i = 0; i < 1_025; i++) {
      repeats.isLoop(datagram("other " + i), 3);
    }

    // The last of the others is watched now.
    assertThat(repeats.isLoop(datagram("other 1024"), 3)).isFalse();
    assertThat(repeats.isLoop(datagram("other 1024"), 3)).isFalse();
    assertThat(repeats.isLoop(datagram("other 1024"), 3)).isTrue();
  }

  private static ByteBuf datagram(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }
}
