package io.dualport.flow;

import static io.dualport.flow.Protocol.TCP;
import static io.dualport.flow.Protocol.UDP;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The books of one or more event loops: what they hold, what they forget, and that they balance.
 */
class FlowTableTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  @Test
  void shouldBalanceWhileMoreFiveTuplesComeAndGoThanTheLimit() {
    FlowLimit limit = new FlowLimit(1_000);
    FlowTable table = new FlowTable(0, limit);
    Churn churn = new Churn(table, 2_000);

    for (int step = 0; step < 60_000; step++) {
      churn.step(step);
      if (step % 7_500 == 0) {
        churn.assertBooks();
      }
    }

    churn.assertBooks();
    ProtocolSnapshot udp = table.snapshot().protocol(UDP);
    ProtocolSnapshot tcp = table.snapshot().protocol(TCP);
    assertThat(udp.endedFlows()).isGreaterThan(1_000);
    assertThat(tcp.endedFlows()).isGreaterThan(1_000);
    assertThat(udp.withoutEntry().get(Counter.MESSAGES_IN)).isGreaterThan(1_000);
    assertThat(udp.liveFlows() + tcp.liveFlows()).isEqualTo(limit.live()).isBetween(1L, 1_000L);
  }

  @Test
  void shouldKeepOneEntryForAllDatagramsOfAFiveTuple() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));

    Flow flow = table.datagramFlow(tuple(UDP, 1), 7);

    assertThat(table.datagramFlow(tuple(UDP, 1), 7)).isSameAs(flow);
    assertThat(table.knownDatagramFlow(tuple(UDP, 1))).isSameAs(flow);
    assertThat(table.datagramFlow(tuple(UDP, 2), 7)).isNotSameAs(flow);
  }

  @Test
  void shouldOpenNoEntryForADatagramThatIsOnlyLookedUp() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));

    Flow flow = table.knownDatagramFlow(tuple(UDP, 1));

    assertThat(flow).isSameAs(table.withoutEntry(UDP));
    assertThat(table.snapshot().live()).isEmpty();
  }

  @Test
  void shouldBeginANewEntryWhenAnIdleFlowSpeaksAgain() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    long now = System.nanoTime();
    Flow first = table.datagramFlow(tuple(UDP, 1), 7);
    first.received(5, now);
    table.datagramFlow(tuple(UDP, 2), 7).received(5, now + 1);

    table.endIdleDatagramFlows(10 * MILLI, now + 10 * MILLI - 1);
    assertThat(table.reading(UDP).endedFlows()).isZero();
    table.endIdleDatagramFlows(10 * MILLI, now + 10 * MILLI);
    assertThat(table.reading(UDP).endedFlows()).isEqualTo(1);

    assertThat(table.datagramFlow(tuple(UDP, 1), 7)).isNotSameAs(first);
    TableSnapshot snapshot = table.snapshot();
    assertThat(snapshot.live()).extracting(FlowSnapshot::tuple).contains(tuple(UDP, 1));
    assertThat(snapshot.recent())
        .singleElement()
        .satisfies(ended -> assertThat(ended.endedBy()).isEqualTo("idle"))
        .satisfies(ended -> assertThat(ended.counters().get(Counter.BYTES_IN)).isEqualTo(5));
  }

  /** Some at a time, whatever begins and ends between two of them. */
  @Test
  void shouldEndTheIdleFlowsOfALargeTableBitByBit() {
    int many = 5 * FlowTable.SWEPT_AT_ONCE;
    FlowTable table = new FlowTable(0, new FlowLimit(2 * many));
    long now = System.nanoTime();
    ArrayDeque<Flow> connections = new ArrayDeque<>();
    for (int i = 0; i < many; i++) {
      table.datagramFlow(tuple(UDP, i), 7).received(5, now - (i % 2 == 0 ? 0 : MILLI));
      connections.add(table.openConnection(tuple(TCP, i), 7));
    }
    int calls = 1;
    for (long before = 0; !table.endIdleDatagramFlows(MILLI, now); calls++) {
      long ended = table.reading(UDP).endedFlows();
      assertThat(ended - before).isLessThanOrEqualTo(FlowTable.SWEPT_AT_ONCE);
      before = ended;
      table.end(connections.pollFirst(), "peer");
      table.end(connections.pollLast(), "peer");
    }
    assertThat(calls).isEqualTo(2 * many / FlowTable.SWEPT_AT_ONCE);
    assertThat(table.reading(UDP).endedFlows()).isEqualTo(many / 2);
    assertThat(table.reading(TCP).liveFlows()).isEqualTo(connections.size());
  }

  @Test
  void shouldNotEndConnectionsThatAreIdle() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    table.openConnection(tuple(TCP, 1), 7);

    table.endIdleDatagramFlows(1, System.nanoTime() + TimeUnit.DAYS.toNanos(1));
    assertThat(table.snapshot().live()).hasSize(1);
  }

  @Test
  void shouldListExactlyTheFlowsThatLiveInWhateverOrderTheyEnd() {
    for (int seed = 0; seed < 50; seed++) {
      FlowTable table = new FlowTable(0, new FlowLimit(100));
      List<Flow> open =
          new ArrayList<>(
              IntStream.range(0, 40)
                  .mapToObj(i -> table.openConnection(tuple(TCP, i), 7))
                  .toList());
      Random random = new Random(seed);
      while (!open.isEmpty()) {
        table.end(open.remove(random.nextInt(open.size())), "peer");
        assertThat(table.snapshot().live())
            .extracting(FlowSnapshot::tuple)
            .containsExactlyInAnyOrderElementsOf(open.stream().map(Flow::tuple).toList());
      }
    }
  }

  @Test
  void shouldRememberOnlyTheFlowsThatEndedLast() {
    FlowTable table = new FlowTable(3, new FlowLimit(10));
    int all = 40 * FlowTable.RECENT_FLOWS;
    for (int i = 0; i < all; i++) {
      table.end(table.openConnection(tuple(TCP, i), 7), "peer");
    }

    TableSnapshot snapshot = table.snapshot();

    assertThat(snapshot.protocol(TCP).endedFlows()).isEqualTo(all);
    assertThat(snapshot.recent())
        .extracting(FlowSnapshot::tuple)
        .containsExactlyElementsOf(
            IntStream.range(all - FlowTable.RECENT_FLOWS, all)
                .mapToObj(i -> tuple(TCP, i))
                .toList());
    assertThat(snapshot.recent())
        .allSatisfy(flow -> assertThat(flow.endedBy()).isEqualTo("peer"))
        .allSatisfy(flow -> assertThat(flow.eventLoop()).isEqualTo(3));
  }

  @Test
  void shouldShareTheLimitAmongTheTablesOfAllLoops() {
    FlowLimit limit = new FlowLimit(3);
    FlowTable one = new FlowTable(0, limit);
    FlowTable other = new FlowTable(1, limit);
    Flow first = one.openConnection(tuple(TCP, 1), 7);
    other.datagramFlow(tuple(UDP, 2), 7);
    other.openConnection(tuple(TCP, 3), 7);

    assertThat(one.openConnection(tuple(TCP, 4), 7)).isSameAs(one.withoutEntry(TCP));
    assertThat(other.datagramFlow(tuple(UDP, 4), 7)).isSameAs(other.withoutEntry(UDP));
    one.end(first, "peer");

    assertThat(other.datagramFlow(tuple(UDP, 4), 7).tuple()).isEqualTo(tuple(UDP, 4));
    assertThat(limit.live()).isEqualTo(3);
    TableSnapshot both = TableSnapshot.of(List.of(one, other));
    assertThat(both.live()).hasSize(3);
    assertThat(both.recent()).hasSize(1);
    assertThat(both.protocol(UDP).liveFlows()).isEqualTo(2);
    assertThat(both.flows()).hasSize(4);
  }

  @Test
  void shouldCountEverythingWithALimitOfZero() {
    FlowLimit limit = new FlowLimit(0);
    FlowTable table = new FlowTable(0, limit);
    Flow connection = table.openConnection(tuple(TCP, 1), 7);
    connection.read(10, 1, 0);
    table.end(connection, "peer");
    table.datagramFlow(tuple(UDP, 1), 7).received(20, 0);

    TableSnapshot snapshot = table.snapshot();

    assertThat(snapshot.flows()).isEmpty();
    assertThat(snapshot.protocol(TCP).totals().get(Counter.BYTES_IN)).isEqualTo(10);
    assertThat(snapshot.protocol(UDP).totals().get(Counter.BYTES_IN)).isEqualTo(20);
    assertThat(snapshot.imbalances()).isEmpty();
    assertThat(limit.live()).isZero();
  }

  @Test
  void shouldKeepTheTwoProtocolsOfOneSourceApart() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    table.openConnection(tuple(TCP, 1), 7).read(100, 1, 0);
    table.datagramFlow(tuple(UDP, 1), 8).received(1, 0);

    TableSnapshot snapshot = table.snapshot();

    assertThat(snapshot.live()).hasSize(2);
    assertThat(snapshot.protocol(TCP).totals().get(Counter.BYTES_IN)).isEqualTo(100);
    assertThat(snapshot.protocol(UDP).totals().get(Counter.BYTES_IN)).isEqualTo(1);
  }

  @Test
  void shouldTellAStreamOfMessagesFromOneOfBytes() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    Flow probe = table.openConnection(tuple(TCP, 1), 7);
    probe.framed(Framing.PROBE);
    probe.read(250, 2, 0);
    probe.read(50, 1, 0);
    probe.written(250, 2);
    Flow text = table.openConnection(tuple(TCP, 2), 8);
    text.read(5, 0, 0);
    table.datagramFlow(tuple(UDP, 1), 9).received(0, 0);

    assertThat(table.snapshot().live())
        .extracting(FlowSnapshot::framing, FlowSnapshot::hasMessages)
        .containsExactly(
            Tuple.tuple(Framing.PROBE, true),
            Tuple.tuple(Framing.NONE, false),
            Tuple.tuple(null, true));
    assertThat(probe.snapshot().counters())
        .hasToString(
            "messages in 3, messages out 2, reads 2, writes 1, bytes in 300, bytes out 250");
    assertThat(text.snapshot().counters()).hasToString("reads 1, bytes in 5");
    assertThat(table.snapshot().imbalances()).isEmpty();
  }

  /** A reply that the kernel took only after the entry had ended, and one it refused. */
  @Test
  void shouldBalanceWhenACountComesAfterTheEnd() {
    FlowTable table = new FlowTable(0, new FlowLimit(10));
    long now = System.nanoTime();
    Flow flow = table.datagramFlow(tuple(UDP, 1), 7);
    flow.received(5, now);
    flow.received(6, now);
    table.endIdleDatagramFlows(0, now);

    flow.sent(5, 1);
    flow.dropped(Counter.DROPPED_SEND_ERROR);

    TableSnapshot snapshot = table.snapshot();
    assertThat(snapshot.imbalances()).isEmpty();
    assertThat(snapshot.protocol(UDP).ended().get(Counter.BYTES_OUT)).isEqualTo(5);
    assertThat(snapshot.protocol(UDP).ended().get(Counter.DROPPED_SEND_ERROR)).isEqualTo(1);
  }

  @Test
  @Timeout(60)
  void shouldReadWhileTheLoopWritesAndNeverSeeACountShrink() throws InterruptedException {
    FlowTable table = new FlowTable(0, new FlowLimit(500));
    Churn churn = new Churn(table, 1_000);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> fault = new AtomicReference<>();
    Thread loop =
        new Thread(
            () -> {
              try {
                for (int step = 0; step < 300_000; step++) {
                  churn.step(step);
                }
              } catch (Throwable e) {
                fault.set(e);
              } finally {
                done.set(true);
              }
            });
    loop.start();
    TableSnapshot before = table.snapshot();
    int readings = 0;
    while (!done.get()) {
      TableSnapshot now = table.snapshot();
      for (Protocol protocol : Protocol.values()) {
        assertNothingShrank(before.protocol(protocol), now.protocol(protocol));
      }
      assertThat(now.recent()).hasSizeLessThanOrEqualTo(FlowTable.RECENT_FLOWS);
      assertThat(now.live()).hasSizeLessThanOrEqualTo(500);
      before = now;
      readings++;
    }
    loop.join();

    assertThat(fault.get()).isNull();
    assertThat(readings).isGreaterThan(10);
    churn.assertBooks();
  }

  private static void assertNothingShrank(ProtocolSnapshot before, ProtocolSnapshot now) {
    for (Counter counter : Counter.values()) {
      assertThat(now.totals().get(counter))
          .as("total of %s", counter)
          .isGreaterThanOrEqualTo(before.totals().get(counter))
          .isNotNegative();
      assertThat(now.ended().get(counter))
          .as("ended of %s", counter)
          .isGreaterThanOrEqualTo(before.ended().get(counter));
      assertThat(now.live().get(counter)).as("live of %s", counter).isNotNegative();
    }
    assertThat(now.endedFlows()).isGreaterThanOrEqualTo(before.endedFlows());
  }

  private static FiveTuple tuple(Protocol protocol, int source) {
    try {
      byte[] address = {10, (byte) (source >> 22), (byte) (source >> 14), (byte) (source >> 6)};
      return new FiveTuple(
          protocol,
          new InetSocketAddress(InetAddress.getByAddress(address), 40_000 + (source & 63)),
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 8888));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Traffic of one loop on a clock of its own, with a second set of books to compare with. */
  private static final class Churn {
    private static final long IDLE_NANOS = 1_500 * MILLI;

    private final FlowTable table;
    private final int sources;
    private final Random random = new Random(8888);
    private final ArrayDeque<Flow> connections = new ArrayDeque<>();
    private final long start = System.nanoTime();
    private final long[] bytesIn = new long[2];
    private final long[] bytesOut = new long[2];
    private final long[] messagesIn = new long[2];
    private final long[] messagesOut = new long[2];
    private long dropped;

    Churn(FlowTable table, int sources) {
      this.table = table;
      this.sources = sources;
    }

    /** One datagram, sometimes a connection opened, used and ended, sometimes a sweep. */
    void step(int step) {
      long now = start + step * MILLI;
      // The set of sources wanders, so that there are always new ones.
      FiveTuple datagram = tuple(UDP, step / 2 + random.nextInt(sources));
      use(table.datagramFlow(datagram, 7), UDP, now);
      if (step % 5 == 0) {
        table.knownDatagramFlow(datagram).dropped(Counter.DROPPED_RATE);
        dropped++;
      }
      if (step % 3 == 0) {
        Flow connection = table.openConnection(tuple(TCP, step), 7);
        use(connection, TCP, now);
        connections.add(connection);
      }
      if (connections.size() > 300) {
        Flow connection = random.nextBoolean() ? connections.pollFirst() : connections.pollLast();
        use(connection, TCP, now);
        table.end(connection, "peer");
      }
      if (step % 100 == 0) {
        table.endIdleDatagramFlows(IDLE_NANOS, now);
      }
    }

    private void use(Flow flow, Protocol protocol, long now) {
      int bytes = random.nextInt(2_000);
      int messages = protocol == TCP ? bytes / 500 : 1;
      if (protocol == TCP) {
        flow.read(bytes, messages, now);
      } else {
        flow.received(bytes, now);
      }
      bytesIn[protocol.ordinal()] += bytes;
      messagesIn[protocol.ordinal()] += messages;
      if (random.nextInt(10) > 0) {
        if (protocol == TCP) {
          flow.written(bytes, messages);
        } else {
          flow.sent(bytes, 1);
        }
        bytesOut[protocol.ordinal()] += bytes;
        messagesOut[protocol.ordinal()] += messages;
      }
    }

    void assertBooks() {
      TableSnapshot snapshot = table.snapshot();
      assertThat(snapshot.imbalances()).isEmpty();
      for (Protocol protocol : Protocol.values()) {
        CounterValues totals = snapshot.protocol(protocol).totals();
        assertThat(totals.get(Counter.BYTES_IN)).isEqualTo(bytesIn[protocol.ordinal()]);
        assertThat(totals.get(Counter.BYTES_OUT)).isEqualTo(bytesOut[protocol.ordinal()]);
        assertThat(totals.get(Counter.MESSAGES_IN)).isEqualTo(messagesIn[protocol.ordinal()]);
        assertThat(totals.get(Counter.MESSAGES_OUT)).isEqualTo(messagesOut[protocol.ordinal()]);
      }
      assertThat(snapshot.protocol(UDP).totals().get(Counter.DROPPED_RATE)).isEqualTo(dropped);
    }
  }
}
