package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualport.config.SettingException;
import io.netty.channel.DefaultEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PendingBytesTest {
  private static final long MIB = 1 << 20;

  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final PendingBytes pending = new PendingBytes(loop, 30);
  private final List<Peer> shed = new ArrayList<>();

  /** One that moved so long ago. */
  private final class Peer implements PendingBytes.Holder {
    private final long movedNanos;
    private volatile boolean mayRead;

    Peer(long secondsAgo) {
      movedNanos = System.nanoTime() - TimeUnit.SECONDS.toNanos(secondsAgo);
    }

    @Override
    public long movedNanos() {
      return movedNanos;
    }

    @Override
    public void shed() {
      shed.add(this);
    }

    @Override
    public void readOn() {
      mayRead = true;
    }
  }

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void onLoop(Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  @Test
  void shouldCloseWhoTookNothingForLongest() {
    Peer moves = new Peer(9);
    Peer stands = new Peer(9);
    Peer asking = new Peer(0);
    onLoop(
        () -> {
          pending.holds(moves, 10);
          pending.holds(stands, 10);
          pending.holds(moves, 10); // its peer took some meanwhile
          assertThat(pending.admits(asking, 10)).isTrue();
          pending.holds(asking, 10);
          assertThat(pending.admits(asking, 10)).isTrue();
        });
    assertThat(shed).containsExactly(stands);
    assertThat(pending.held()).isEqualTo(20);
  }

  @Test
  void shouldHaveOthersWaitWhileEveryPeerMoves() {
    Peer moving = new Peer(0);
    Peer asking = new Peer(0);
    onLoop(
        () -> {
          pending.holds(moving, 30);
          assertThat(pending.admits(asking, 10)).isFalse();
          assertThat(pending.isWaiting(asking)).isTrue();
          pending.holds(moving, 20);
        });
    await().until(() -> asking.mayRead);
    assertThat(shed).isEmpty();
  }

  @Test
  void shouldLetOthersReadAsSoonAsThereIsRoom() {
    Peer moving = new Peer(-3600); // is spared for an hour
    Peer asking = new Peer(0);
    onLoop(
        () -> {
          pending.holds(moving, 30);
          assertThat(pending.admits(asking, 10)).isFalse();
          pending.holds(moving, 20);
        });
    await().until(() -> asking.mayRead);
    assertThat(shed).isEmpty();
  }

  @Test
  void shouldNotHaveOthersWaitForEver() {
    Peer stuck = new Peer(0);
    Peer asking = new Peer(0);
    onLoop(
        () -> {
          pending.holds(stuck, 30);
          assertThat(pending.admits(asking, 10)).isFalse();
        });
    await().until(() -> asking.mayRead);
    assertThat(shed).containsExactly(stuck);
    assertThat(System.nanoTime() - stuck.movedNanos)
        .isGreaterThanOrEqualTo(PendingBytes.SPARED_NANOS);
  }

  @Test
  void shouldForgetAConnectionThatEndsWhileItWaits() {
    Peer stuck = new Peer(0);
    Peer gone = new Peer(0);
    Peer asking = new Peer(0);
    onLoop(
        () -> {
          pending.holds(stuck, 30);
          assertThat(pending.admits(gone, 10)).isFalse();
          assertThat(pending.admits(asking, 10)).isFalse();
          pending.forget(gone);
          pending.forget(stuck);
        });
    await().until(() -> asking.mayRead);
    assertThat(gone.mayRead).isFalse();
    assertThat(pending.held()).isZero();
  }

  @Test
  void shouldCloseSeveralWhereMoreIsHeldThanMayBe() {
    Peer first = new Peer(0);
    Peer second = new Peer(0);
    Peer third = new Peer(0);
    onLoop(
        () -> {
          pending.holds(first, 20);
          pending.holds(second, 20);
          pending.holds(third, 20);
          pending.shedExcess();
        });
    assertThat(shed).containsExactly(first, second);
    assertThat(pending.held()).isEqualTo(20);
  }

  /** Such as one whose echo the kernel has not reported yet. */
  @Test
  void shouldSpareWhoHoldsLittle() {
    Peer echoed = new Peer(9);
    Peer first = new Peer(5);
    Peer second = new Peer(5);
    onLoop(
        () -> {
          pending.holds(echoed, 1);
          pending.holds(first, 20);
          pending.holds(second, 20);
          pending.shedExcess();
          assertThat(pending.admits(new Peer(0), 10)).isTrue();
        });
    assertThat(shed).containsExactly(first, second);
  }

  @Test
  void shouldTakeHalfOfTheDirectMemoryThatLoopsDoNotNeed() {
    assertThat(PendingBytes.automatic(128 * MIB, 2)).isEqualTo(56 * MIB);
    assertThat(PendingBytes.automatic(16 * MIB, 4)).isEqualTo(MIB / 2); // two reads a loop
  }

  @Test
  void shouldRefuseMoreThanTheEventLoopsLeaveOfTheDirectMemory() {
    assertThat(PendingBytes.checked(OptionalLong.of(112 * MIB), 128 * MIB, 2)).isEqualTo(112 * MIB);

    assertThatThrownBy(() -> PendingBytes.checked(OptionalLong.of(112 * MIB + 1), 128 * MIB, 2))
        .isInstanceOf(SettingException.class)
        .hasMessage(
            "server.max-pending-bytes = 117440513: the JVM may use 134217728 bytes of direct memory,"
                + " and the event loops (2) need 8388608 of it each, so 117440512 at most; lower it,"
                + " or raise -XX:MaxDirectMemorySize");
  }
}
