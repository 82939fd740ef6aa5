package io.dualport.server;

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
import org.junit.jupiter.api.Test;

class LoopDetectorTest {
  private static final int LIMIT = 100;
  private static final FiveTuple FLOW = flow(1000);

  private final LoopDetector detector = new LoopDetector(LIMIT);

  @Test
  void shouldStopADatagramAfterExactlyTheLimit() {
    for (int round = 1; round <= LIMIT; round++) {
      assertThat(detector.isLoop(FLOW, bytes("forged"))).isFalse();
    }
    assertThat(detector.isLoop(FLOW, bytes("forged"))).isTrue();
    assertThat(detector.isLoop(FLOW, bytes("forged"))).isFalse(); // and counts anew
  }

  @Test
  void shouldStopEachOfManyDatagramsGoingAroundWithinTwiceTheLimit() {
    int many = 10_000;
    boolean[] stopped = new boolean[many];
    for (int round = 0; round < 2 * LIMIT; round++) {
      for (int i = 0; i < many; i++) {
        stopped[i] = stopped[i] || detector.isLoop(FLOW, Unpooled.copyInt(i, 7));
      }
    }
    int going = 0;
    for (boolean one : stopped) {
      going += one ? 0 : 1;
    }
    assertThat(going).isZero();
  }

  @Test
  void shouldFindALoopAmongHonestTraffic() {
    Random honest = new Random(1);
    boolean stopped = false;
    for (int i = 0; i < 50 * LIMIT && !stopped; i++) {
      for (int j = 0; j < 50; j++) {
        assertThat(detector.isLoop(flow(j), Unpooled.copyLong(honest.nextLong()))).isFalse();
      }
      stopped = detector.isLoop(FLOW, bytes("forged"));
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
      assertThat(detector.isLoop(FLOW, Unpooled.wrappedBuffer(message))).isFalse();
    }
  }

  @Test
  void shouldKeepFlowsApart() {
    for (int i = 0; i < 10 * LIMIT; i++) {
      assertThat(detector.isLoop(flow(i), bytes("ping"))).isFalse();
    }
  }

  @Test
  void shouldKnowAProbeWhateverStampItCarries() {
    boolean stopped = false;
    for (int round = 0; round <= LIMIT; round++) {
      ByteBuf probe = Unpooled.buffer();
      new Probe(120, true, 5, 7, 9).write(probe);
      new Stamp(round, FLOW, 0, 3).set(probe, Probe.STAMP_OFFSET);
      stopped = detector.isLoop(FLOW, probe);
    }
    assertThat(stopped).isTrue();
  }

  @Test
  void shouldTakeDatagramsOfAnySize() {
    for (int size : new int[] {0, 1, 7, 8, 9, 95, 96, 97, 4097, 65507}) {
      LoopDetector fresh = new LoopDetector(1);
      assertThat(fresh.isLoop(FLOW, Unpooled.buffer().writeZero(size))).isFalse();
      assertThat(fresh.isLoop(FLOW, Unpooled.buffer().writeZero(size))).isTrue();
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
