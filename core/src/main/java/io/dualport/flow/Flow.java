package io.dualport.flow;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;

/**
 * One five-tuple and what passed through it. Written by one event loop; read by any thread through
 * {@link #snapshot}.
 *
 * <p>Each count also goes to the protocol's totals of the same loop, so totals never depend on
 * which flows still have an entry. Traffic without an entry of its own is counted in a flow whose
 * tuple is null.
 */
public final class Flow {
  /** {@link #inode()} and {@link #rttMicros()} where the kernel did not tell. */
  public static final long UNKNOWN = -1;

  private static final VarHandle LAST_SEEN;
  private static final VarHandle RTT;
  private static final VarHandle FRAMING;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LAST_SEEN = lookup.findVarHandle(Flow.class, "lastSeenNanos", long.class);
      RTT = lookup.findVarHandle(Flow.class, "rttMicros", long.class);
      FRAMING = lookup.findVarHandle(Flow.class, "framing", Framing.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final FiveTuple tuple;
  private final int eventLoop;
  private final long inode;
  private final long firstSeenNanos;
  private final Counters counters = new Counters();
  private final Counters totals;

  private long lastSeenNanos;
  private long rttMicros = UNKNOWN;
  private Framing framing;

  private int maxSegmentBytes = Integer.MAX_VALUE;

  /** Where the flow stands in its table's array; the table's own. */
  int position;

  /** The sums of ended flows, once this is one: a send may finish after the entry's end. */
  private Counters endedSums;

  /** Why the flow ended, null while it lives; written under the table's lock. */
  volatile String endedBy;

  Flow(FiveTuple tuple, int eventLoop, long inode, Counters totals) {
    this.tuple = tuple;
    this.eventLoop = eventLoop;
    this.inode = inode;
    this.totals = totals;
    this.framing = tuple != null && tuple.protocol() == Protocol.TCP ? Framing.NONE : null;
    this.firstSeenNanos = System.nanoTime();
    this.lastSeenNanos = firstSeenNanos;
  }

  /** Counts one datagram in; {@code now} is {@link System#nanoTime}. */
  public void received(int bytes, long now) {
    count(Counter.MESSAGES_IN, 1);
    count(Counter.BYTES_IN, bytes);
    LAST_SEEN.setOpaque(this, now);
  }

  /** Counts datagrams of one send, once the kernel took all of them; {@code bytes} is their sum. */
  public void sent(int bytes, int datagrams) {
    count(Counter.MESSAGES_OUT, datagrams);
    if (datagrams > 1) {
      count(Counter.SENDS_SHARED, datagrams - 1);
    }
    count(Counter.BYTES_OUT, bytes);
  }

  /**
   * Counts one read of a stream.
   *
   * @param messages of the probe whose last byte was in it
   * @param now {@link System#nanoTime}
   */
  public void read(int bytes, int messages, long now) {
    count(Counter.READS, 1);
    count(Counter.MESSAGES_IN, messages);
    count(Counter.BYTES_IN, bytes);
    LAST_SEEN.setOpaque(this, now);
  }

  /**
   * Counts one read of a stream out, once the kernel took all of it.
   *
   * @param messages of the probe whose last byte was in it
   */
  public void written(int bytes, int messages) {
    count(Counter.WRITES, 1);
    count(Counter.MESSAGES_OUT, messages);
    count(Counter.BYTES_OUT, bytes);
  }

  /** Notes whether the stream's bytes are messages. */
  public void framed(Framing stream) {
    FRAMING.setOpaque(this, stream);
  }

  /** Counts one datagram that gets no reply, by its reason. */
  public void dropped(Counter reason) {
    count(reason, 1);
  }

  /**
   * Notes that the kernel cuts no segments (UDP_SEGMENT, udp(7)) of more bytes for this peer: its
   * path is too narrow for them, or the device on it fills in no checksums.
   */
  public void limitSegments(int bytes) {
    maxSegmentBytes = Math.min(maxSegmentBytes, bytes);
  }

  /** The largest datagrams that may leave joined to this peer; for the flow's event loop alone. */
  public int maxSegmentBytes() {
    return maxSegmentBytes;
  }

  /** Notes the kernel's smoothed round-trip time in microseconds. */
  public void measuredRtt(long micros) {
    RTT.setOpaque(this, micros);
  }

  private void count(Counter counter, long amount) {
    counters.add(counter, amount);
    totals.add(counter, amount);
    if (endedSums != null) {
      endedSums.add(counter, amount);
    }
  }

  /** Moves the counts to the sums of ended flows; what is counted from now on goes there too. */
  void end(String reason, Counters sums) {
    endedBy = reason;
    sums.addAll(counters);
    endedSums = sums;
  }

  /** The five-tuple, null where this counts traffic without an entry. */
  public FiveTuple tuple() {
    return tuple;
  }

  /** Whether its entry is gone; what comes later from there begins a new flow. */
  public boolean hasEnded() {
    return endedBy != null;
  }

  Counters counters() {
    return counters;
  }

  /** One count now, from any thread. */
  public long count(Counter counter) {
    return counters.get(counter);
  }

  /** When its first message came or its connection was accepted, by {@link System#nanoTime}. */
  public long firstSeenNanos() {
    return firstSeenNanos;
  }

  /** When its last message came, by {@link System#nanoTime}. */
  public long lastSeenNanos() {
    return (long) LAST_SEEN.getOpaque(this);
  }

  /** The inode of the socket it landed on, {@link #UNKNOWN} where not known. */
  public long inode() {
    return inode;
  }

  /** The kernel's smoothed round-trip time in microseconds, {@link #UNKNOWN} where not known. */
  public long rttMicros() {
    return (long) RTT.getOpaque(this);
  }

  /** Whether the bytes of a connection are messages; null for UDP. */
  public Framing framing() {
    return (Framing) FRAMING.getOpaque(this);
  }

  /** An immutable reading of one flow alone, from any thread. */
  public FlowSnapshot snapshot() {
    return snapshot(Instant.now(), System.nanoTime(), endedBy);
  }

  /** An immutable reading, from any thread. */
  FlowSnapshot snapshot(Instant now, long nowNanos, String ended) {
    return new FlowSnapshot(
        tuple,
        framing(),
        counters.values(),
        now.minusNanos(nowNanos - firstSeenNanos),
        now.minusNanos(Math.min(nowNanos - lastSeenNanos(), nowNanos - firstSeenNanos)),
        eventLoop,
        inode,
        rttMicros(),
        ended);
  }
}
