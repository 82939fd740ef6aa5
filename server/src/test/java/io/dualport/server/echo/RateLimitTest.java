package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {
  private static final long SECOND = 1_000_000_000L;
  private static final InetAddress ONE = address(1);
  private static final InetAddress OTHER = address(2);

  /** {@link System#nanoTime} may begin anywhere, below zero too. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 5 * SECOND, -5 * SECOND, Long.MAX_VALUE, Long.MIN_VALUE})
  void shouldAdmitSoManyInAWindowOfOneSecond(long start) {
    RateLimit limit = new RateLimit(3);

    assertThat(admitted(limit, ONE, start, 10)).isEqualTo(3);
    assertThat(admitted(limit, ONE, start + SECOND - 1, 10)).isZero();
    assertThat(admitted(limit, ONE, start + SECOND, 10)).isEqualTo(3);
    assertThat(admitted(limit, ONE, start + 9 * SECOND, 10)).isEqualTo(3);
  }

  @Test
  void shouldGiveEachSourceAddressAShareOfItsOwn() {
    RateLimit limit = new RateLimit(2);

    assertThat(admitted(limit, ONE, 5 * SECOND, 10)).isEqualTo(2);
    assertThat(admitted(limit, OTHER, 5 * SECOND, 10)).isEqualTo(2);
  }

  @Test
  void shouldAdmitEverythingWithoutALimit() {
    assertThat(admitted(new RateLimit(0), ONE, 5 * SECOND, 100_000)).isEqualTo(100_000);
  }

  @Test
  void shouldCountNoMoreSourcesThanItsLimitInOneWindow() {
    RateLimit limit = new RateLimit(2);
    for (int source = 0; source < RateLimit.MAX_SOURCES; source++) {
      assertThat(limit.admits(address(source), 5 * SECOND)).isTrue();
    }

    assertThat(limit.admits(address(RateLimit.MAX_SOURCES), 5 * SECOND)).isFalse();
    assertThat(limit.admits(address(7), 5 * SECOND)).as("one that is counted").isTrue();
    assertThat(limit.admits(address(RateLimit.MAX_SOURCES), 6 * SECOND)).isTrue();
  }

  private static int admitted(RateLimit limit, InetAddress source, long now, int tries) {
    int admitted = 0;
    for (int i = 0; i < tries; i++) {
      admitted += limit.admits(source, now) ? 1 : 0;
    }
    return admitted;
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(0x0a000000 + number).array());
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
