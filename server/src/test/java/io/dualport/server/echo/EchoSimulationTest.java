package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.CounterValues;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.kernel.LocalAddresses;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/**
 * Both echo handlers under seeded schedules of what a kernel and a peer can do: reads cut anywhere,
 * short writes, full sockets, refusals, resets, half-closes. What is true of every schedule is
 * checked after each. A failure names its seed.
 *
 * <p>{@code -Ddual.schedules=1000000} runs so many, {@code -Ddual.seed=N} that one alone. Epoll's
 * own path writes to a descriptor, past any channel: for that, {@link EchoScheduleTest}.
 */
class EchoSimulationTest {
  private static final int SCHEDULES = Integer.getInteger("dual.schedules", 2_000);
  private static final long INSTANCE = 0x1122334455667788L;
  private static final int ENTRY_BYTES =
      96; // what Netty adds to each write, see ChannelOutboundBuffer

  @Test
  void shouldKeepThePromisesOfTcpUnderEverySchedule() {
    each(seed -> new Connection(seed).run());
  }

  @Test
  void shouldKeepThePromisesOfUdpUnderEverySchedule() {
    each(seed -> new Datagrams(seed).run());
  }

  private static void each(LongConsumer schedule) {
    Long only = Long.getLong("dual.seed");
    long from = only == null ? 0 : only;
    for (long seed = from; seed < (only == null ? SCHEDULES : only + 1); seed++) {
      try {
        schedule.accept(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("schedule of seed " + seed + " (-Ddual.seed=" + seed + ")", e);
      }
    }
  }

  private static SimulatedSocket socket(
      Random random, int highWater, int refusals, io.netty.channel.ChannelHandler handler) {
    try {
      return new SimulatedSocket(random, highWater, refusals, handler);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void assertReleased(List<ByteBuf> given) {
    for (ByteBuf bytes : given) {
      if (bytes.refCnt() != 0) {
        throw new AssertionError("not released: " + bytes);
      }
    }
  }

  /** AssertJ looks at each byte by reflection, which would take most of the time. */
  private static void assertSame(byte[] back, byte[] wanted) {
    if (!Arrays.equals(back, wanted)) {
      assertThat(back).isEqualTo(wanted);
    }
  }

  /** One connection's life. */
  private static final class Connection {
    private final Random random;
    private final FlowTable flows;
    private final boolean stamping;
    private final byte[] sent;
    private final int highWater;
    private final int mostAtOnce;
    private final SimulatedSocket socket;
    private final List<ByteBuf> given = new ArrayList<>();
    private int read;

    Connection(long seed) {
      random = new Random(seed);
      flows = new FlowTable(0, new FlowLimit(random.nextInt(8) == 0 ? 0 : 1));
      stamping = random.nextBoolean();
      sent = random.nextBoolean() ? messages() : noise();
      highWater = 2 + random.nextInt(random.nextBoolean() ? 300 : 5_000);
      mostAtOnce = 1 + random.nextInt(random.nextBoolean() ? 20 : 2_000);
      socket =
          socket(
              random,
              highWater,
              0,
              new TcpEchoHandler(
                  flows,
                  new ConnectionLimit(1, 0),
                  new PendingBytes(ImmediateEventExecutor.INSTANCE, 1 << 30),
                  new Stamper(stamping, INSTANCE)));
    }

    private byte[] noise() {
      byte[] bytes = new byte[random.nextInt(random.nextInt(10) == 0 ? 20_000 : 1_500)];
      random.nextBytes(bytes);
      return bytes;
    }

    /** Some whole ones, perhaps a part of another, perhaps something else after it. */
    private byte[] messages() {
      ByteBuf all = Unpooled.buffer();
      for (int i = random.nextInt(6); i >= 0; i--) {
        new Probe(
                Probe.HEADER_BYTES + random.nextInt(200),
                random.nextBoolean(),
                7,
                i,
                random.nextLong())
            .write(all);
      }
      if (random.nextInt(3) == 0) {
        all.writeBytes(noise());
      } else if (random.nextBoolean()) {
        all.writerIndex(random.nextInt(all.writerIndex()));
      }
      byte[] bytes = new byte[all.readableBytes()];
      all.readBytes(bytes);
      return bytes;
    }

    void run() {
      int end =
          random.nextInt(10); // 0 and 1 reset, 2 and 3 close at an idle moment, others half-close
      int steps = 20 + random.nextInt(40);
      for (int i = 0; i < steps && socket.isOpen(); i++) {
        if (random.nextBoolean()) {
          deliver();
        } else {
          socket.open(random.nextInt(3) == 0 ? 0 : random.nextInt(2 * mostAtOnce + 1));
        }
        check();
        if (random.nextInt(16) == 0 && socket.isOpen()) {
          socket.open(sent.length + 1);
          assertThat(socket.stream.size()).as("all back where the kernel takes it").isEqualTo(read);
        }
      }
      if (end <= 1) {
        reset(end == 0);
      } else if (end == 2) {
        socket.pipeline().fireUserEventTriggered(TcpEchoHandler.DRAIN_EXPIRED);
      } else {
        halfClose();
      }
      socket.runPendingTasks();
      finish(end);
    }

    /** One turn of the loop: so many reads, as long as they are wanted. */
    private void deliver() {
      int reads = 1 + random.nextInt(4);
      boolean any = false;
      for (int i = 0; i < reads && socket.config().isAutoRead() && read < sent.length; i++) {
        int length = Math.min(1 + random.nextInt(mostAtOnce), sent.length - read);
        ByteBuf bytes = Unpooled.buffer(length).writeBytes(sent, read, length);
        given.add(bytes);
        read += length;
        any = true;
        socket.pipeline().fireChannelRead(bytes);
      }
      if (any) {
        socket.pipeline().fireChannelReadComplete();
      }
      socket.runPendingTasks();
    }

    /** After each step, and so without a copy or an object. */
    private void check() {
      long pending = socket.pendingBytes();
      if (socket.stream.size() > read) {
        throw new AssertionError(socket.stream.size() + " bytes back, of " + read + " read");
      }
      if (pending > highWater + mostAtOnce + ENTRY_BYTES) {
        throw new AssertionError(pending + " bytes held for a peer that does not read");
      }
      if (pending > highWater && socket.config().isAutoRead()) {
        throw new AssertionError("reads although it cannot write");
      }
    }

    private void halfClose() {
      for (int turn = 0; read < sent.length; turn++) {
        if (turn == 100_000) {
          throw new AssertionError("so many turns in which it did not want to read on");
        }
        int before = read;
        deliver();
        if (read == before) { // it must want to read again, once it could write
          socket.open(1 + random.nextInt(2 * mostAtOnce));
        }
        check();
      }
      socket.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      socket.runPendingTasks();
      while (socket.isOpen()) {
        int before = socket.stream.size();
        if (before == sent.length) {
          throw new AssertionError("our FIN waits, and all is sent");
        }
        socket.open(1 + random.nextInt(2 * mostAtOnce));
        if (socket.stream.size() == before) {
          throw new AssertionError("stuck");
        }
      }
      assertThat(socket.stream.size()).isEqualTo(sent.length);
    }

    private void reset(boolean isSeenByRead) {
      socket.reset();
      if (isSeenByRead) {
        socket.pipeline().fireExceptionCaught(new IOException(SimulatedSocket.RESET));
      } else {
        deliver();
        socket.open(1);
        if (socket.isOpen()) { // nothing was to be written
          socket.pipeline().fireExceptionCaught(new IOException("Broken pipe"));
        }
      }
    }

    private void finish(int end) {
      assertThat(socket.isOpen()).isFalse();
      byte[] back = socket.stream.toByteArray();
      assertEcho(back);
      assertReleased(given);
      TableSnapshot books = flows.snapshot();
      assertThat(books.imbalances()).isEmpty();
      assertThat(books.live()).isEmpty();
      CounterValues totals = books.protocol(Protocol.TCP).totals();
      assertThat(totals.get(Counter.CONNECTIONS_ACCEPTED)).isEqualTo(1);
      assertThat(totals.connectionsOpen()).isZero();
      assertThat(totals.get(Counter.BYTES_IN)).isEqualTo(read);
      assertThat(totals.get(Counter.BYTES_OUT)).isLessThanOrEqualTo(back.length);
      Counter cause =
          end <= 1
              ? Counter.CLOSED_BY_RESET
              : end == 2 ? Counter.CLOSED_BY_DRAIN : Counter.CLOSED_BY_PEER;
      assertThat(totals.get(cause)).as("%s", cause).isEqualTo(1);
      if (end > 2) {
        assertThat(totals.get(Counter.BYTES_OUT)).isEqualTo(sent.length);
        assertThat(totals.get(Counter.WRITES)).isEqualTo(totals.get(Counter.READS));
        assertThat(totals.get(Counter.MESSAGES_OUT))
            .isEqualTo(totals.get(Counter.MESSAGES_IN))
            .isEqualTo(wholeMessages());
      }
    }

    /** Where the stream is one of messages, and stops being one. */
    private int wholeMessages() {
      int whole = 0;
      ByteBuf all = Unpooled.wrappedBuffer(sent);
      for (int at = 0; Probe.get(all, at).isPresent(); whole++) {
        at += all.getInt(at + Probe.LENGTH_OFFSET);
        if (at > sent.length) {
          break;
        }
      }
      return whole;
    }

    /** Byte for byte what was sent, except the stamps that were asked for. */
    private void assertEcho(byte[] back) {
      byte[] wanted = Arrays.copyOf(sent, back.length);
      ByteBuf all = Unpooled.wrappedBuffer(sent);
      for (int at = 0; stamping && at + Probe.STAMP_OFFSET <= sent.length; ) {
        if (at + Probe.HEADER_BYTES > sent.length || Probe.get(all, at).isEmpty()) {
          maskStampOfPart(all, at, wanted, back);
          break;
        }
        if ((all.getShort(at + Probe.FLAGS_OFFSET) & Probe.FLAG_STAMP) != 0) {
          maskStamp(at, wanted, back);
        }
        at += all.getInt(at + Probe.LENGTH_OFFSET);
      }
      assertSame(back, wanted);
    }

    /** A last message that is cut within its stamp is stamped as far as it came. */
    private void maskStampOfPart(ByteBuf all, int at, byte[] wanted, byte[] back) {
      if (all.getLong(at) == Probe.MAGIC
          && all.getInt(at + Probe.LENGTH_OFFSET) >= Probe.HEADER_BYTES
          && Probe.hasKnownFlags(all, at)
          && (all.getShort(at + Probe.FLAGS_OFFSET) & Probe.FLAG_STAMP) != 0) {
        copy(back, wanted, at + Probe.STAMP_OFFSET, at + Probe.HEADER_BYTES);
      }
    }

    private void maskStamp(int at, byte[] wanted, byte[] back) {
      int stamp = at + Probe.STAMP_OFFSET;
      if (at + Probe.HEADER_BYTES <= back.length) {
        Stamp read = Stamp.get(Unpooled.wrappedBuffer(back), stamp).orElseThrow();
        assertThat(read.tuple())
            .isEqualTo(new FiveTuple(Protocol.TCP, SimulatedSocket.PEER, SimulatedSocket.LOCAL));
        assertThat(read.instanceId()).isEqualTo(INSTANCE);
      }
      copy(back, wanted, stamp, at + Probe.HEADER_BYTES);
    }

    private static void copy(byte[] from, byte[] to, int start, int end) {
      for (int i = start; i < Math.min(end, to.length); i++) {
        to[i] = from[i];
      }
    }
  }

  /** One datagram socket, some peers. */
  private static final class Datagrams {
    private static final Segmentation SEGMENTS =
        new Segmentation(
            Segmentation.Mode.ON,
            Transport.available().stream()
                .filter(Transport::sendsSegments)
                .findFirst()
                .orElse(Transport.NIO));
    private static final LocalAddresses ADDRESSES = addresses();
    private static final LoopDetector LOOPS = new LoopDetector(1, () -> {}); // off with the guard

    private final Random random;
    private final FlowTable flows;
    private final int batch;
    private final int highWater;
    private final SimulatedSocket socket;
    private final List<ByteBuf> given = new ArrayList<>();
    private final Map<String, byte[]> unanswered = new HashMap<>();
    private int number;

    Datagrams(long seed) {
      random = new Random(seed);
      flows = new FlowTable(0, new FlowLimit(random.nextInt(4)));
      batch = 1 + random.nextInt(12);
      highWater = 2 + random.nextInt(4_000);
      socket =
          socket(
              random,
              highWater,
              random.nextInt(3) == 0 ? random.nextInt(9) : 0,
              new UdpEchoHandler(
                  flows,
                  new DatagramPolicy(
                      new Guard(false, 8888, List.of()), new RateLimit(0), LOOPS, ADDRESSES),
                  new Stamper(false, INSTANCE),
                  new DatagramReplies(SEGMENTS),
                  SimulatedSocket.LOCAL,
                  -1));
    }

    void run() {
      for (int i = 10 + random.nextInt(30); i > 0; i--) {
        if (random.nextBoolean()) {
          deliver();
        } else {
          socket.open(random.nextInt(4));
        }
        if (socket.pendingBytes() > highWater + batch * (1_000L + ENTRY_BYTES) + 20 * 1_000L) {
          throw new AssertionError(socket.pendingBytes() + " bytes held for a full socket");
        }
      }
      for (int i = 0; socket.pendingBytes() > 0; i++) {
        if (i == 10_000) {
          throw new AssertionError("so many turns, and not all is sent");
        }
        socket.open(1 + random.nextInt(9));
      }
      assertThat(socket.config().isAutoRead()).as("reads again").isTrue();
      finish();
      socket.close();
      socket.runPendingTasks();
      assertReleased(given);
    }

    private void deliver() {
      if (!socket.config().isAutoRead()) {
        return;
      }
      int length = Long.BYTES + random.nextInt(1_000 - Long.BYTES);
      int peer = random.nextInt(3);
      for (int i = 1 + random.nextInt(batch); i > 0; i--) {
        length = random.nextInt(4) == 0 ? Long.BYTES + random.nextInt(1_000 - Long.BYTES) : length;
        peer = random.nextInt(4) == 0 ? random.nextInt(3) : peer;
        InetSocketAddress sender =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000 + peer);
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        ByteBuffer.wrap(bytes).putInt(number).putInt(peer);
        unanswered.put(number++ + " " + sender.getPort(), bytes);
        ByteBuf buffer = Unpooled.buffer(length).writeBytes(bytes);
        given.add(buffer);
        socket
            .pipeline()
            .fireChannelRead(new DatagramPacket(buffer, SimulatedSocket.LOCAL, sender));
      }
      socket.pipeline().fireChannelReadComplete();
      socket.runPendingTasks();
    }

    private void finish() {
      for (int i = 0; i < socket.datagrams.size(); i++) {
        byte[] reply = socket.datagrams.get(i);
        int first = ByteBuffer.wrap(reply).getInt();
        byte[] sent = unanswered.remove(first + " " + socket.receivers.get(i).getPort());
        if (sent == null) {
          throw new AssertionError(
              "a reply to " + first + " that its peer had, or did not ask for");
        }
        assertSame(reply, sent);
      }
      TableSnapshot books = flows.snapshot();
      assertThat(books.imbalances()).isEmpty();
      CounterValues totals = books.protocol(Protocol.UDP).totals();
      assertThat(totals.get(Counter.MESSAGES_IN)).isEqualTo(number);
      assertThat(totals.get(Counter.MESSAGES_OUT)).isEqualTo(socket.datagrams.size());
      assertThat(totals.sum(Counter.drops())).as("dropped").isEqualTo(unanswered.size());
      if (socket.refused == 0) {
        assertThat(unanswered).isEmpty();
      }
    }

    private static LocalAddresses addresses() {
      try {
        return LocalAddresses.read();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
