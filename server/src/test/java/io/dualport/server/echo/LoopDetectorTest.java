package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class LoopDetectorTest {
  private static final int LIMIT = 100;
  private static final FiveTuple FLOW = flow(1000);

  private long now;
  private int withoutPlace;

  private final LoopDetector detector = new LoopDetector(LIMIT, () -> withoutPlace++);

  @Test
  void shouldStopADatagramAfterExactlyTheLimit() {
    for (int round = 1; round <= LIMIT; round++) {
      assertThat(detector.isLoop(FLOW, bytes("forged"), now)).isFalse();
    }
    assertThat(detector.isLoop(FLOW, bytes("forged"), now)).isTrue();
    assertThat(detector.isLoop(FLOW, bytes("forged"), now)).isFalse(); // and counts anew
  }

  /** More than eight in a bucket take turns, so nearly all of a table full are cut in two. */
  @ParameterizedTest
  @CsvSource({
    " 10000, 101, 0,     100",
    " 65536, 101, 0,     99",
    " 65536, 205, 0,     100",
    "120000, 101, 0,     89",
    "120000, 205, 0,     99.9",
    " 65536, 101, 65536, 96", // among as many that come once
    " 65536, 205, 65536, 99.9"
  })
  void shouldStopManyDatagramsThatGoAround(int many, int rounds, int honest, double percent) {
    assertThat(percentStopped(many, rounds, honest)).isGreaterThanOrEqualTo(percent);
  }

  @Test
  void shouldTellOfDatagramsThatFindNoPlace() {
    percentStopped(LoopDetector.CAPACITY / 16, 3, 0);
    assertThat(withoutPlace).isZero();
    percentStopped(2 * LoopDetector.CAPACITY, 3, 0);
    assertThat(withoutPlace).isPositive();
  }

  @Test
  void shouldForgetWhatWasNotSeenForAMinute() {
    percentStopped(4 * LoopDetector.CAPACITY, 20, 0); // every place is taken for good
    int before = withoutPlace;
    now += TimeUnit.SECONDS.toNanos(70);
    for (int round = 0; round < LIMIT; round++) {
      assertThat(detector.isLoop(FLOW, bytes("forged"), now)).isFalse();
    }
    assertThat(detector.isLoop(FLOW, bytes("forged"), now)).isTrue();
    assertThat(withoutPlace).isEqualTo(before);
  }

  @Test
  void shouldNotTakeForALoopWhatComesOnceInAMinute() {
    for (int i = 0; i < 3 * LIMIT; i++) {
      assertThat(detector.isLoop(FLOW, bytes("ping"), now)).isFalse();
      now += TimeUnit.SECONDS.toNanos(70);
    }
  }

  /** Of datagrams that each come once a round until they are stopped; the rest comes once. */
  private double percentStopped(int many, int rounds, int honestInEachRound) {
    Random honest = new Random(1);
    boolean[] stopped = new boolean[many];
    ByteBuf bytes = Unpooled.buffer(16);
    int count = 0;
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < many; i++) {
        if (!stopped[i] && detector.isLoop(FLOW, bytes.clear().writeInt(i).writeInt(7), now)) {
          stopped[i] = true;
          count++;
        }
      }
      for (int i = 0; i < honestInEachRound; i++) {
        detector.isLoop(FLOW, bytes.clear().writeLong(honest.nextLong()).writeLong(1), now);
      }
    }
    return 100.0 * count / many;
  }

  @Test
  void shouldFindALoopAmongHonestTraffic() {
    Random honest = new Random(1);
    boolean stopped = false;
    for (int i = 0; i < 50 * LIMIT && !stopped; i++) {
      for (int j = 0; j < 50; j++) {
        assertThat(detector.isLoop(flow(j), Unpooled.copyLong(honest.nextLong()), now)).isFalse();
      }
      stopped = detector.isLoop(FLOW, bytes("forged"), now);
    }
    assertThat(stopped).isTrue();
  }

  @Test
  void shouldNotTakeMessagesThatDifferAnywhereForOne() {
    for (int i = 0; i < 20 * LIMIT; i++) {
      byte[] message = new byte[9000];
      message[(i * 7) % 9000] = (byte) (1 + i % 127);
      message[(i * 11 + 5) % 9000] ^= (byte) (i >> 7);
      message[8150] = (byte) i;
      message[8151] = (byte) (i >> 8);
      assertThat(detector.isLoop(FLOW, Unpooled.wrappedBuffer(message), now)).isFalse();
    }
  }

  @Test
  void shouldKeepFlowsApart() {
    for (int i = 0; i < 10 * LIMIT; i++) {
      assertThat(detector.isLoop(flow(i), bytes("ping"), now)).isFalse();
    }
  }

  @Test
  void shouldKnowAProbeWhateverStampItCarries() {
    boolean stopped = false;
    for (int round = 0; round <= LIMIT; round++) {
      ByteBuf probe = Unpooled.buffer();
      new Probe(120, true, 5, 7, 9).write(probe);
      new Stamp(round, FLOW, 0, 3).set(probe, Probe.STAMP_OFFSET);
      stopped = detector.isLoop(FLOW, probe, now);
    }
    assertThat(stopped).isTrue();
  }

  @Test
  void shouldTakeDatagramsOfAnySize() {
    for (int size : new int[] {0, 1, 7, 8, 9, 95, 96, 97, 4097, 65507}) {
      LoopDetector fresh = new LoopDetector(1, () -> {});
      assertThat(fresh.isLoop(FLOW, Unpooled.buffer().writeZero(size), now)).isFalse();
      assertThat(fresh.isLoop(FLOW, Unpooled.buffer().writeZero(size), now)).isTrue();
    }
  }

  private static FiveTuple flow(int sourcePort) {
    return new FiveTuple(
        Protocol.UDP,
        new InetSocketAddress("127.0.0.1", 1 + sourcePort % 65535),
        new InetSocketAddress("127.0.0.1", 8888));
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }
}
