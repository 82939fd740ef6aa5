package io.dualport.client.load.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.ClientKeys;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ListedFlows;
import io.dualport.client.load.count.LoopCounts;
import io.dualport.client.load.count.MessageCounts;
import io.dualport.client.load.plan.LoadPlan;
import io.dualport.client.load.plan.LoadSettings;
import io.dualport.client.load.plan.MessageBytes;
import io.dualport.client.load.plan.Timetable;
import io.dualport.client.message.SizeRange;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A connection of {@code load}: messages that leave as the kernel takes them, and what comes back
 * of them, in any pieces, some damaged, stamped or added; now and then it breaks. Sent, echoed,
 * corrupted and lost are held against a comparison of whole messages.
 */
public final class MessageStreamFuzz {
  private static final List<SizeRange> SIZES =
      List.of(
          new SizeRange(8, 8),
          new SizeRange(13, 13),
          new SizeRange(95, 95),
          new SizeRange(96, 96),
          new SizeRange(97, 97),
          new SizeRange(8, 300));
  private static final LoadSettings SETTINGS =
      LoadSettings.of(ClientKeys.load(Map.of("load.verify", "all"), Map.of(), null));
  private static final InetSocketAddress SERVER = new InetSocketAddress("127.0.0.1", 8888);
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 40_000);
  private static final long RUN = 7;
  private static final long EPOCH = 1_700_000_000_000_000_000L;
  private static final int MOST_IN_FLIGHT = 40;
  private static final byte[] STAMP = stamp();

  private final ByteBuf in;
  private final MessageBytes messages;
  private final LoopCounts ledger = new LoopCounts();
  private final TcpFlow flow;
  private final MessageStream stream;

  /** In flight, whole, the oldest first. */
  private final ArrayDeque<byte[]> inFlight = new ArrayDeque<>();

  /** Of those in flight: what was begun, what the kernel took of that, what came back of that. */
  private final ByteBuf begun = Unpooled.buffer();

  private final ByteBuf taken = Unpooled.buffer();
  private final ByteBuf came = Unpooled.buffer();
  private final Map<Count, Long> counts = new EnumMap<>(Count.class);
  private long now;
  private long outOf; // bytes of the message that is being sent which have gone

  private MessageStreamFuzz(ByteBuf in) {
    this.in = in;
    this.messages = new MessageBytes(RUN, SIZES.get(next() % SIZES.size()), EPOCH);
    LoadPlan plan = new LoadPlan(SETTINGS, null, SERVER, RUN, 1, 1, messages, List.of(), null);
    LoopFlows lane = new LoopFlows(plan, Protocol.TCP, null, ledger, new ListedFlows(1), null);
    long never = Long.MAX_VALUE / 2;
    lane.begin(new Timetable(0, 0, never, never, never), 0);
    this.flow = new TcpFlow(lane, next() % 3);
    this.stream = flow.stream;
  }

  public static void fuzzerTestOneInput(byte[] input) {
    new MessageStreamFuzz(Unpooled.wrappedBuffer(input)).run();
  }

  private void run() {
    while (in.isReadable()) {
      now++;
      switch (next() % 9) {
        case 0, 1 -> add(1 + next() % 8);
        case 2, 3 -> send(1 + next(), next());
        case 4 -> comesBack(damaged(take(taken, next() << 1)));
        case 5 -> comesBack(take(in, next()));
        case 6 -> {
          if (next() % 4 == 0) {
            breaks();
          }
        }
        default -> comesBack(take(taken, next() << 1));
      }
      assertCounts();
    }
    breaks();
    assertCounts();
  }

  private void add(int count) {
    for (int i = 0; i < count && stream.inFlight() < MOST_IN_FLIGHT; i++) {
      long n = flow.begin(now, now);
      stream.add(n, now);
      count(Count.SENT, 1);
      long sequence = flow.sequence(n);
      int size = messages.size(sequence);
      boolean asks = n == 0 && size >= Probe.HEADER_BYTES;
      ByteBuf message = Unpooled.buffer(size);
      new Probe(size, asks, RUN, sequence, EPOCH + now).write(message);
      inFlight.add(ByteBufUtil.getBytes(message));
      begun.writeBytes(message);
    }
  }

  private void send(int room, int taking) {
    ByteBuffer out = ByteBuffer.allocate(room);
    int filled = stream.fill(out);
    assertThat(stream.hasUnsent()).isEqualTo(begun.isReadable());
    assertThat(filled).isEqualTo(Math.min(room, begun.readableBytes()));
    assertThat(Arrays.copyOf(out.array(), filled))
        .isEqualTo(ByteBufUtil.getBytes(begun.slice(begun.readerIndex(), filled)));
    int took = Math.min(filled, taking);
    stream.sent(took);
    taken.writeBytes(begun, took);
    outOf += took;
  }

  /** A byte of it, if there is one; perhaps the stamp of the flow's first message instead. */
  private ByteBuf damaged(ByteBuf piece) {
    int how = next();
    boolean isFirst = counts.getOrDefault(Count.BYTES_IN, 0L) == 0 && !came.isReadable();
    if (how % 4 == 0 && isFirst && piece.readableBytes() >= Probe.HEADER_BYTES) {
      piece.setBytes(Probe.STAMP_OFFSET, STAMP);
    } else if (piece.isReadable()) {
      int at = (next() << 8 | next()) % piece.readableBytes();
      piece.setByte(at, piece.getByte(at) ^ 1 + how);
    }
    return piece;
  }

  /** What is more than was sent ends the connection. */
  private void comesBack(ByteBuf piece) {
    int length = piece.readableBytes();
    int awaited = sentOfThoseInFlight() - came.readableBytes();
    ByteBuffer read = ByteBuffer.allocate(length + 1); // from another index than 0
    piece.getBytes(0, read.array(), 1, length);
    int used = stream.read(read, 1, length, now);
    assertThat(used).isEqualTo(Math.min(length, awaited));
    came.writeBytes(piece, used);
    judge();
    if (used < length) {
      breaks();
    }
  }

  private int sentOfThoseInFlight() {
    return inFlight.stream().mapToInt(message -> message.length).sum() - begun.readableBytes();
  }

  /** The messages that came back whole. */
  private void judge() {
    while (!inFlight.isEmpty() && came.readableBytes() >= inFlight.peek().length) {
      byte[] wanted = inFlight.remove();
      byte[] back = new byte[wanted.length];
      came.readBytes(back);
      count(Count.BYTES_IN, back.length);
      count(isEcho(wanted, back) ? Count.ECHOED : Count.CORRUPTED, 1);
    }
  }

  private static boolean isEcho(byte[] wanted, byte[] back) {
    boolean asks = wanted.length >= Probe.HEADER_BYTES && wanted[Probe.FLAGS_OFFSET + 1] != 0;
    byte[] unstamped = back.clone();
    if (asks && isStamp(back)) {
      Arrays.fill(unstamped, Probe.STAMP_OFFSET, Probe.HEADER_BYTES, (byte) 0);
    }
    return Arrays.equals(unstamped, wanted);
  }

  private static boolean isStamp(byte[] back) {
    Optional<Stamp> stamp = Stamp.get(Unpooled.wrappedBuffer(back), Probe.STAMP_OFFSET);
    byte[] again = back.clone();
    stamp.ifPresent(read -> read.set(Unpooled.wrappedBuffer(again), Probe.STAMP_OFFSET));
    return stamp.isPresent()
        && stamp.get().tuple().protocol() == Protocol.TCP
        && Arrays.equals(again, back);
  }

  private void breaks() {
    count(Count.LOST, inFlight.size());
    stream.abandon(Count.LOST, now);
    inFlight.clear();
    begun.clear();
    taken.clear();
    came.clear();
    assertThat(stream.hasUnsent()).isFalse();
  }

  private void assertCounts() {
    assertThat(stream.inFlight()).isEqualTo(inFlight.size());
    MessageCounts tally = ledger.tally(true);
    for (Count count : List.of(Count.SENT, Count.ECHOED, Count.CORRUPTED, Count.LOST)) {
      assertThat(tally.get(count)).as("%s", count).isEqualTo(counts.getOrDefault(count, 0L));
    }
    assertThat(tally.get(Count.BYTES_IN)).isEqualTo(counts.getOrDefault(Count.BYTES_IN, 0L));
    assertThat(tally.get(Count.BYTES_OUT)).isBetween(tally.get(Count.BYTES_IN), outOf);
    assertThat(tally.inFlight()).isEqualTo(inFlight.size());
  }

  private void count(Count count, long amount) {
    counts.merge(count, amount, Long::sum);
  }

  private static ByteBuf take(ByteBuf from, int length) {
    byte[] piece = new byte[Math.min(length, from.readableBytes())];
    from.readBytes(piece);
    return Unpooled.wrappedBuffer(piece);
  }

  private static byte[] stamp() {
    byte[] bytes = new byte[Stamp.BYTES];
    new Stamp(5, new FiveTuple(Protocol.TCP, CLIENT, SERVER), 1, 0x1122334455667788L)
        .set(Unpooled.wrappedBuffer(bytes), 0);
    return bytes;
  }

  /** The next byte of the input; 0 behind its end. */
  private int next() {
    return in.isReadable() ? in.readUnsignedByte() : 0;
  }
}
