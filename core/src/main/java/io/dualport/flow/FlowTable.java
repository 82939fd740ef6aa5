package io.dualport.flow;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The flows of one event loop and the totals of both protocols on it.
 *
 * <p>The loop alone looks flows up, opens, ends and counts them. Any thread may take a {@link
 * #snapshot}: it holds the lock just long enough to copy references (a begin or an end of a flow
 * waits for that), and reads the counters after it, so it allocates nothing on the loop and never
 * stands in the way of a message.
 */
public final class FlowTable {
  /**
   * How many ended flows each loop remembers, so that a report can still show short connections.
   */
  public static final int RECENT_FLOWS = 256;

  /** Entries looked at without a pause; where all of them end, that takes about a millisecond. */
  public static final int SWEPT_AT_ONCE = 2048;

  /** The reason a UDP entry ends: nothing came for idle-timeout. */
  private static final String ENDED_IDLE = "idle";

  private final int eventLoop;
  private final FlowLimit limit;
  private final Map<FiveTuple, Flow> datagramFlows = new HashMap<>();
  private final Map<Protocol, Counters> totals = new EnumMap<>(Protocol.class);
  private final Map<Protocol, Flow> withoutEntry = new EnumMap<>(Protocol.class);

  /** Entries of {@link #live} that this sweep has not looked at yet, from the first on. */
  private int unswept;

  // Guarded by this, as readers copy them.
  private Flow[] live = new Flow[16];
  private int liveCount;
  private final Map<Protocol, Long> liveFlows = new EnumMap<>(Protocol.class);
  private final ArrayDeque<Flow> recent = new ArrayDeque<>();
  private final Map<Protocol, Counters> ended = new EnumMap<>(Protocol.class);
  private final Map<Protocol, Long> endedFlows = new EnumMap<>(Protocol.class);

  /**
   * @param eventLoop the index of the owning event loop, from 0
   * @param limit shared by the tables of all loops
   */
  public FlowTable(int eventLoop, FlowLimit limit) {
    this.eventLoop = eventLoop;
    this.limit = limit;
    for (Protocol protocol : Protocol.values()) {
      Counters sums = new Counters();
      totals.put(protocol, sums);
      withoutEntry.put(protocol, new Flow(null, eventLoop, Flow.UNKNOWN, sums));
      ended.put(protocol, new Counters());
      endedFlows.put(protocol, 0L);
      liveFlows.put(protocol, 0L);
    }
  }

  public int eventLoop() {
    return eventLoop;
  }

  /** The totals of one protocol on this loop, for counts that belong to no flow. */
  public Counters totals(Protocol protocol) {
    return totals.get(protocol);
  }

  /** Where traffic is counted that has no entry: beyond the limit, or refused before it got one. */
  public Flow withoutEntry(Protocol protocol) {
    return withoutEntry.get(protocol);
  }

  /**
   * Opens an entry for an accepted connection; beyond the limit, the flow {@link #withoutEntry}.
   */
  public Flow openConnection(FiveTuple tuple, long inode) {
    if (!limit.tryAcquire()) {
      return withoutEntry(tuple.protocol());
    }
    Flow flow = new Flow(tuple, eventLoop, inode, totals.get(tuple.protocol()));
    append(flow);
    return flow;
  }

  /**
   * The entry of a datagram's five-tuple, opened if new; beyond the limit, {@link #withoutEntry}.
   */
  public Flow datagramFlow(FiveTuple tuple, long inode) {
    Flow flow = datagramFlows.get(tuple);
    if (flow == null) {
      flow = openConnection(tuple, inode);
      if (flow.tuple() != null) {
        datagramFlows.put(tuple, flow);
      }
    }
    return flow;
  }

  /** The entry of a datagram's five-tuple if it has one, else {@link #withoutEntry}; opens none. */
  public Flow knownDatagramFlow(FiveTuple tuple) {
    return datagramFlows.getOrDefault(tuple, withoutEntry(tuple.protocol()));
  }

  /** Ends a flow: its counts move to the ended ones and it is remembered for a while. */
  public void end(Flow flow, String reason) {
    if (flow.tuple() == null) {
      return;
    }
    remove(flow, reason);
    limit.release();
  }

  /**
   * Ends UDP flows from which nothing came for a while, among the next {@link #SWEPT_AT_ONCE} of
   * the table, so that a large one does not hold its loop up.
   *
   * @return whether that was the end of the table; the next call begins anew then
   */
  public boolean endIdleDatagramFlows(long idleNanos, long now) {
    unswept = unswept == 0 ? liveCount : Math.min(unswept, liveCount);
    // From the end: where a flow ends, the last one comes, which was looked at.
    for (int until = Math.max(0, unswept - SWEPT_AT_ONCE); unswept > until; unswept--) {
      Flow flow = live[unswept - 1];
      if (flow.tuple().protocol() == Protocol.UDP && now - flow.lastSeenNanos() >= idleNanos) {
        datagramFlows.remove(flow.tuple());
        end(flow, ENDED_IDLE);
      }
    }
    return unswept == 0;
  }

  private synchronized void append(Flow flow) {
    if (liveCount == live.length) {
      live = Arrays.copyOf(live, liveCount * 2);
    }
    flow.position = liveCount;
    live[liveCount++] = flow;
    liveFlows.merge(flow.tuple().protocol(), 1L, Long::sum);
  }

  private synchronized void remove(Flow flow, String reason) {
    Flow last = live[--liveCount];
    live[flow.position] = last;
    last.position = flow.position;
    live[liveCount] = null;
    Protocol protocol = flow.tuple().protocol();
    flow.end(reason, ended.get(protocol));
    liveFlows.merge(protocol, -1L, Long::sum);
    endedFlows.merge(protocol, 1L, Long::sum);
    if (recent.size() == RECENT_FLOWS) {
      recent.removeFirst();
    }
    recent.addLast(flow);
  }

  /** The sums of one protocol, from any thread; looks at no single flow. */
  public ProtocolTotals reading(Protocol protocol) {
    long live;
    long gone;
    synchronized (this) {
      live = liveFlows.get(protocol);
      gone = endedFlows.get(protocol);
    }
    return new ProtocolTotals(
        protocol,
        totals.get(protocol).values(),
        withoutEntry.get(protocol).counters().values(),
        live,
        gone);
  }

  /** Every flow with an entry, from any thread: a copy of references, for whoever wants a few. */
  public synchronized List<Flow> liveFlows() {
    return Collections.unmodifiableList(Arrays.asList(Arrays.copyOf(live, liveCount)));
  }

  /** The flows that ended last, at most {@link #RECENT_FLOWS}, from any thread. */
  public synchronized List<Flow> recentFlows() {
    return List.copyOf(recent);
  }

  /** An immutable reading, from any thread. Exact once the loop is quiet. */
  public TableSnapshot snapshot() {
    Flow[] liveFlows;
    List<FlowSnapshot> endedRecently = new ArrayList<>();
    Map<Protocol, CounterValues> endedValues = new EnumMap<>(Protocol.class);
    Map<Protocol, Long> endedCounts;
    Instant now = Instant.now();
    long nowNanos = System.nanoTime();
    synchronized (this) {
      liveFlows = Arrays.copyOf(live, liveCount);
      recent.forEach(flow -> endedRecently.add(flow.snapshot(now, nowNanos, flow.endedBy)));
      ended.forEach((protocol, counters) -> endedValues.put(protocol, counters.values()));
      endedCounts = new EnumMap<>(endedFlows);
    }
    List<FlowSnapshot> lives = new ArrayList<>(liveFlows.length);
    Map<Protocol, CounterSum> liveSums = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      liveSums.put(protocol, new CounterSum());
    }
    for (Flow flow : liveFlows) {
      FlowSnapshot reading = flow.snapshot(now, nowNanos, null);
      lives.add(reading);
      liveSums.get(reading.tuple().protocol()).add(reading.counters());
    }
    Map<Protocol, ProtocolSnapshot> protocols = new EnumMap<>(Protocol.class);
    for (Protocol protocol : Protocol.values()) {
      CounterSum sum = liveSums.get(protocol);
      protocols.put(
          protocol,
          new ProtocolSnapshot(
              protocol,
              totals.get(protocol).values(),
              sum.values(),
              endedValues.get(protocol),
              withoutEntry.get(protocol).counters().values(),
              sum.terms(),
              endedCounts.get(protocol)));
    }
    return new TableSnapshot(now, protocols, lives, endedRecently);
  }
}
