package io.dualport.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * The tables of two loops against books that a child could keep: seeded random histories of all
 * that can happen to a flow, and after each of them everything compared. A failure names its seed;
 * {@code -Ddual.seed=N} runs that history alone, {@code -Ddual.histories=N} so many of them.
 */
class FlowModelTest {
  private static final int HISTORIES = Integer.getInteger("dual.histories", 600);
  private static final int STEPS = 400;
  private static final long IDLE_NANOS = 50;
  private static final Counter[] DROPS = {
    Counter.DROPPED_LOOP, Counter.DROPPED_OVERSIZE, Counter.DROPPED_RATE
  };

  @Test
  void shouldKeepTheSameBooksAsTheModel() throws Exception {
    Long only = Long.getLong("dual.seed");
    for (long seed = only == null ? 0 : only;
        seed < (only == null ? HISTORIES : only + 1);
        seed++) {
      try {
        new History(seed).live();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("history of seed " + seed + " (-Ddual.seed=" + seed + ")", e);
      }
    }
  }

  /** What a reader on another thread sees while a history runs is a state it could have had. */
  @Test
  void shouldShowReadersNoMoreOutThanInWhileAHistoryRuns() throws Exception {
    AtomicReference<History> now = new AtomicReference<>(new History(0));
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> fault = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                while (!done.get()) {
                  now.get().look();
                }
              } catch (Throwable e) {
                fault.set(e);
              }
            });
    reader.start();
    try {
      for (long seed = 0; seed < HISTORIES / 10 && fault.get() == null; seed++) {
        History history = new History(seed);
        now.set(history);
        history.live();
      }
    } finally {
      done.set(true);
      reader.join();
    }
    assertThat(fault.get()).isNull();
  }

  /** One entry, in the simplest words. */
  private static final class Entry {
    private final FiveTuple tuple;
    private final long[] counts = new long[Counter.values().length];
    private long lastSeen;
    private String endedBy;

    private Entry(FiveTuple tuple, long lastSeen) {
      this.tuple = tuple;
      this.lastSeen = lastSeen;
    }

    private void add(Counter counter, long amount) {
      counts[counter.ordinal()] += amount;
    }

    private CounterValues values() {
      return new CounterValues(counts.clone());
    }
  }

  /** A flow of the table and the model's entry of it; a late send may come after their end. */
  private record Pair(Flow flow, Entry entry, int loop) {}

  private static final class History {
    private final Random random;
    private final int max;
    private final FlowLimit limit;
    private final List<FlowTable> tables = new ArrayList<>();

    // The model.
    private final List<Pair> live = new ArrayList<>();
    private final List<Pair> ended = new ArrayList<>();
    private final List<Map<FiveTuple, Pair>> datagrams = List.of(new HashMap<>(), new HashMap<>());
    private final List<Map<Protocol, Entry>> without = new ArrayList<>();
    private final Map<Pair, Long> unsentBytes = new LinkedHashMap<>();
    private final Map<Pair, Integer> unsentMessages = new HashMap<>();
    private long now = System.nanoTime();

    private History(long seed) {
      random = new Random(seed);
      max = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(40);
      limit = new FlowLimit(max);
      for (int loop = 0; loop < 2; loop++) {
        tables.add(new FlowTable(loop, limit));
        Map<Protocol, Entry> shared = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
          shared.put(protocol, new Entry(null, 0));
        }
        without.add(shared);
      }
    }

    private void live() throws Exception {
      for (int step = 0; step < STEPS; step++) {
        now += random.nextInt(4);
        step();
        if (random.nextInt(40) == 0) {
          compare();
        }
      }
      compare();
    }

    private void step() throws Exception {
      int loop = random.nextInt(2);
      switch (random.nextInt(9)) {
        case 0 -> open(loop);
        case 1, 2, 3 -> datagram(loop);
        case 4 -> read();
        case 5, 6 -> send();
        case 7 -> end();
        default -> {
          if (random.nextInt(4) == 0) {
            endIdle(loop);
          } else {
            drop(loop);
          }
        }
      }
    }

    private void open(int loop) throws Exception {
      FiveTuple tuple = tuple(Protocol.TCP, random.nextInt(60));
      Flow flow = tables.get(loop).openConnection(tuple, 7);
      if (live.size() < max) {
        assertThat(flow.tuple()).isEqualTo(tuple);
        live.add(new Pair(flow, new Entry(tuple, now), loop));
      } else {
        assertThat(flow).isSameAs(tables.get(loop).withoutEntry(Protocol.TCP));
      }
    }

    private void datagram(int loop) throws Exception {
      FiveTuple tuple = tuple(Protocol.UDP, random.nextInt(60));
      Flow flow = tables.get(loop).datagramFlow(tuple, 7);
      Pair pair = datagrams.get(loop).get(tuple);
      if (pair == null && live.size() < max) {
        pair = new Pair(flow, new Entry(tuple, now), loop);
        live.add(pair);
        datagrams.get(loop).put(tuple, pair);
      }
      if (pair == null) {
        pair = new Pair(flow, without.get(loop).get(Protocol.UDP), loop);
        assertThat(flow).isSameAs(tables.get(loop).withoutEntry(Protocol.UDP));
      }
      assertThat(flow).isSameAs(pair.flow);
      int bytes = random.nextInt(2_000);
      flow.received(bytes, now);
      pair.entry.add(Counter.MESSAGES_IN, 1);
      pair.entry.add(Counter.BYTES_IN, bytes);
      pair.entry.lastSeen = now;
      owe(pair, bytes, 1);
    }

    private void read() {
      List<Pair> connections =
          live.stream().filter(pair -> pair.entry.tuple.protocol() == Protocol.TCP).toList();
      if (connections.isEmpty()) {
        return;
      }
      Pair pair = connections.get(random.nextInt(connections.size()));
      int bytes = 1 + random.nextInt(70_000);
      int messages = random.nextInt(5);
      pair.flow.read(bytes, messages, now);
      pair.entry.add(Counter.READS, 1);
      pair.entry.add(Counter.MESSAGES_IN, messages);
      pair.entry.add(Counter.BYTES_IN, bytes);
      pair.entry.lastSeen = now;
      if (!unsentBytes.containsKey(pair)) {
        owe(pair, bytes, messages);
      }
    }

    /** The last one read is to be sent, once; of a connection one read at a time. */
    private void owe(Pair pair, long bytes, int messages) {
      unsentBytes.put(pair, bytes);
      unsentMessages.put(pair, messages);
    }

    /** Also of a flow that has ended meanwhile: the kernel takes a queued reply later. */
    private void send() {
      if (unsentBytes.isEmpty()) {
        return;
      }
      Pair pair = new ArrayList<>(unsentBytes.keySet()).get(random.nextInt(unsentBytes.size()));
      int bytes = (int) (long) unsentBytes.remove(pair);
      int messages = unsentMessages.remove(pair);
      boolean isTcp = pair.entry.tuple != null && pair.entry.tuple.protocol() == Protocol.TCP;
      if (isTcp) {
        pair.flow.written(bytes, messages);
        pair.entry.add(Counter.WRITES, 1);
      } else {
        pair.flow.sent(bytes, messages);
      }
      pair.entry.add(Counter.MESSAGES_OUT, messages);
      pair.entry.add(Counter.BYTES_OUT, bytes);
    }

    private void drop(int loop) throws Exception {
      FiveTuple tuple = tuple(Protocol.UDP, random.nextInt(60));
      Counter reason = DROPS[random.nextInt(DROPS.length)];
      tables.get(loop).knownDatagramFlow(tuple).dropped(reason);
      Pair known = datagrams.get(loop).get(tuple);
      (known == null ? without.get(loop).get(Protocol.UDP) : known.entry).add(reason, 1);
    }

    private void end() {
      List<Pair> connections =
          live.stream().filter(pair -> pair.entry.tuple.protocol() == Protocol.TCP).toList();
      if (connections.isEmpty()) {
        tables.get(0).end(tables.get(0).withoutEntry(Protocol.TCP), "peer"); // ends nothing
        return;
      }
      Pair pair = connections.get(random.nextInt(connections.size()));
      String reason = random.nextBoolean() ? "peer" : "reset";
      tables.get(pair.loop).end(pair.flow, reason);
      ended(pair, reason);
    }

    private void ended(Pair pair, String reason) {
      pair.entry.endedBy = reason;
      live.remove(pair);
      ended.add(pair);
    }

    private void endIdle(int loop) {
      List<Pair> idle =
          new ArrayList<>(
              datagrams.get(loop).values().stream()
                  .filter(pair -> now - pair.flow.lastSeenNanos() >= IDLE_NANOS)
                  .toList());
      assertThat(idle)
          .allSatisfy(p -> assertThat(p.flow.lastSeenNanos()).isEqualTo(p.entry.lastSeen));
      long before = tables.get(loop).reading(Protocol.UDP).endedFlows();
      assertThat(tables.get(loop).endIdleDatagramFlows(IDLE_NANOS, now)).isTrue();
      assertThat(tables.get(loop).reading(Protocol.UDP).endedFlows() - before)
          .isEqualTo(idle.size());
      List<Flow> order = tables.get(loop).recentFlows();
      idle.sort(Comparator.comparingInt(pair -> order.indexOf(pair.flow))); // any will do
      for (Pair pair : idle) {
        datagrams.get(loop).remove(pair.entry.tuple);
        ended(pair, "idle");
      }
    }

    private void compare() {
      assertThat(limit.live()).isEqualTo(live.size()).isLessThanOrEqualTo(max);
      for (int loop = 0; loop < 2; loop++) {
        compare(loop, tables.get(loop).snapshot());
      }
      assertThat(TableSnapshot.of(tables).live()).hasSize(live.size());
    }

    private void compare(int loop, TableSnapshot seen) {
      List<Pair> alive = live.stream().filter(pair -> pair.loop == loop).toList();
      List<Pair> gone = ended.stream().filter(pair -> pair.loop == loop).toList();
      assertThat(seen.live().stream().map(History::line))
          .containsExactlyInAnyOrderElementsOf(alive.stream().map(History::line).toList());
      assertThat(seen.recent().stream().map(History::line))
          .containsExactlyElementsOf(
              gone.stream()
                  .skip(Math.max(0, gone.size() - FlowTable.RECENT_FLOWS))
                  .map(History::line)
                  .toList());
      for (Protocol protocol : Protocol.values()) {
        ProtocolSnapshot of = seen.protocol(protocol);
        CounterValues without = this.without.get(loop).get(protocol).values();
        CounterValues live = sum(alive, protocol);
        CounterValues ended = sum(gone, protocol);
        assertThat(of.live()).as("live").isEqualTo(live);
        assertThat(of.ended()).as("ended").isEqualTo(ended);
        assertThat(of.withoutEntry()).as("without entry").isEqualTo(without);
        assertThat(of.totals()).as("totals").isEqualTo(live.plus(ended).plus(without));
        assertThat(of.liveFlows()).isEqualTo(count(alive, protocol));
        assertThat(of.endedFlows()).isEqualTo(count(gone, protocol));
        assertThat(of.imbalances()).isEmpty();
        assertThat(tables.get(loop).reading(protocol)).isEqualTo(of.withoutFlows());
      }
    }

    /** From any thread: what is true at every moment. */
    private void look() {
      for (FlowTable table : tables) {
        TableSnapshot seen = table.snapshot();
        assertThat(seen.live().size()).isLessThanOrEqualTo(max);
        for (Protocol protocol : Protocol.values()) {
          CounterValues totals = seen.protocol(protocol).totals();
          assertThat(totals.get(Counter.MESSAGES_OUT))
              .isLessThanOrEqualTo(totals.get(Counter.MESSAGES_IN));
          assertThat(totals.get(Counter.BYTES_OUT))
              .isLessThanOrEqualTo(totals.get(Counter.BYTES_IN));
        }
      }
    }

    private static String line(FlowSnapshot flow) {
      return flow.tuple() + " " + flow.endedBy() + " " + flow.counters();
    }

    private static String line(Pair pair) {
      return pair.entry.tuple + " " + pair.entry.endedBy + " " + pair.entry.values();
    }

    private static CounterValues sum(List<Pair> pairs, Protocol protocol) {
      return pairs.stream()
          .filter(pair -> pair.entry.tuple.protocol() == protocol)
          .map(pair -> pair.entry.values())
          .reduce(CounterValues.ZERO, CounterValues::plus);
    }

    private static long count(List<Pair> pairs, Protocol protocol) {
      return pairs.stream().filter(pair -> pair.entry.tuple.protocol() == protocol).count();
    }

    private static FiveTuple tuple(Protocol protocol, int source) throws Exception {
      byte[] from = {10, 0, 0, (byte) (source % 5)};
      byte[] to = {127, 0, 0, 1};
      return new FiveTuple(
          protocol,
          new InetSocketAddress(InetAddress.getByAddress(from), 40_000 + source / 5),
          new InetSocketAddress(InetAddress.getByAddress(to), 8888));
    }
  }
}
