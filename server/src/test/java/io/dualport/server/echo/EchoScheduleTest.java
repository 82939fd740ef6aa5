package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Real connections under seeded schedules: a peer with a small buffer that writes and reads in odd
 * pieces, stops reading, half-closes or resets. Epoll's path writes straight to its descriptor, so
 * no channel can stand in for the kernel there, as in {@link EchoSimulationTest}: this is the
 * kernel itself. A failure names its seed; {@code -Ddual.seed=N} runs it alone.
 */
class EchoScheduleTest {
  private static final int SCHEDULES = Integer.getInteger("dual.connections", 40);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  @EachTransport
  void shouldReturnExactlyWhatCameUnderEverySchedule(Transport transport) throws Exception {
    Long only = Long.getLong("dual.seed");
    long from = only == null ? 0 : only;
    long to = only == null ? SCHEDULES : only + 1;
    try (TestServer server = TestServer.start(transport)) {
      for (long seed = from; seed < to; seed++) {
        try {
          new Peer(seed, server).run();
        } catch (IOException | AssertionError e) {
          throw new AssertionError("seed " + seed + " (-Ddual.seed=" + seed + ")", e);
        }
      }
      server.awaitCount(Protocol.TCP, Counter.CONNECTIONS_ACCEPTED, to - from);
      server.awaitNoConnections();
      CounterValues totals = server.totals(Protocol.TCP);
      assertThat(totals.get(Counter.CLOSED_BY_PEER) + totals.get(Counter.CLOSED_BY_RESET))
          .isEqualTo(to - from);
    }
  }

  private static final class Peer {
    private final Random random;
    private final TestServer server;
    private final byte[] sent;
    private final boolean resets;
    private final int mostAtOnce;
    private final ByteBuffer in;
    private int written;
    private int read;

    Peer(long seed, TestServer server) {
      this.random = new Random(seed);
      this.server = server;
      // Now and then more than all socket buffers on the way hold.
      this.sent = new byte[random.nextInt(random.nextInt(12) == 0 ? 8 << 20 : 100_000)];
      this.resets = random.nextInt(5) == 0;
      this.mostAtOnce = 1 + random.nextInt(random.nextBoolean() ? 2_000 : 300_000);
      this.in = ByteBuffer.allocate(mostAtOnce);
      random.nextBytes(sent);
    }

    void run() throws IOException {
      try (SocketChannel channel = SocketChannel.open()) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        channel.connect(server.address());
        channel.configureBlocking(false);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        int readingOf16 = random.nextInt(16); // a peer that would rather write, or rather read
        while (written < sent.length && System.nanoTime() < deadline) {
          boolean wrote = random.nextInt(16) >= readingOf16 && write(channel);
          // Where nothing more can be written, only reading goes on.
          if (!wrote) {
            read(channel);
          }
          if (resets && random.nextInt(20) == 0) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            return; // a close that resets
          }
        }
        channel.shutdownOutput();
        channel.configureBlocking(true);
        channel.socket().setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
        byte[] rest = channel.socket().getInputStream().readAllBytes();
        compare(ByteBuffer.wrap(rest));
        assertThat(read).as("bytes back before the FIN").isEqualTo(sent.length);
      }
    }

    private boolean write(SocketChannel channel) throws IOException {
      int length = Math.min(1 + random.nextInt(mostAtOnce), sent.length - written);
      int took = channel.write(ByteBuffer.wrap(sent, written, length));
      written += took;
      return took > 0;
    }

    private void read(SocketChannel channel) throws IOException {
      in.clear().limit(1 + random.nextInt(mostAtOnce));
      assertThat(channel.read(in)).as("not closed by the server").isNotNegative();
      compare(in.flip());
    }

    private void compare(ByteBuffer back) {
      assertThat(read + back.remaining()).isLessThanOrEqualTo(written);
      assertThat(back).isEqualTo(ByteBuffer.wrap(sent, read, back.remaining()));
      read += back.remaining();
    }
  }
}
