package io.dualport.client.verify;

import io.dualport.client.verify.RunResult.Share;
import io.dualport.flow.Endpoint;
import io.dualport.flow.FiveTuple;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/** The five-tuples of the capture that carry messages of this run. */
final class CapturedFlows {
  /** Five-tuples; a result lists at most 100,000 of each protocol. */
  static final int MAX_FLOWS = 400_000;

  /** Messages that can be told apart, a byte each. */
  static final long MAX_MESSAGES = 64L << 20;

  private final RunResult run;
  private final MessageIds names;
  private final Map<FlowKey, ClientFlow> known;
  private final MessageSet.Room room = new MessageSet.Room(MAX_MESSAGES);
  private final Map<Key, CapturedFlow> flows = new LinkedHashMap<>();
  private final Map<FlowKey, CapturedFlow> latest = new LinkedHashMap<>();
  private long beyond;

  /** A five-tuple can be used by several rows of the result, and several can carry one row. */
  private record Key(FlowKey tuple, ClientFlow client) {}

  CapturedFlows(RunResult run) {
    this.run = run;
    this.names = new MessageIds(run);
    this.known = run.byTuple();
  }

  RunResult run() {
    return run;
  }

  MessageIds names() {
    return names;
  }

  /** Whether the result lists this five-tuple. */
  boolean isKnown(FlowKey tuple) {
    return known.containsKey(tuple);
  }

  /** Whether the run dialled this port, or sent from it. */
  boolean isOnPort(int port) {
    String end = ":" + port;
    return run.destination().endsWith(end)
        || known.keySet().stream().anyMatch(tuple -> tuple.source().endsWith(end));
  }

  /**
   * Whether a packet between these two has a port that was dialled, or is of a known five-tuple.
   */
  boolean canBeOurs(FlowKey seen) {
    FlowKey tuple = fromClient(seen);
    return FlowKey.port(tuple.destination()).equals(FlowKey.port(run.destination()))
        || isKnown(tuple)
        || latest.containsKey(tuple);
  }

  /** The entry of a message of this run. */
  CapturedFlow flow(FlowKey tuple, long sequence) {
    Share share = run.shares().get(tuple.protocol());
    ClientFlow owner = share.owner(sequence);
    boolean isListed = owner != null && owner != share.leftOut();
    return entry(isListed || owner == null ? tuple : unlisted(tuple), tuple, owner);
  }

  /** All that the result does not list share one entry. */
  private FlowKey unlisted(FlowKey tuple) {
    return new FlowKey(tuple.protocol(), "", run.destination());
  }

  private CapturedFlow entry(FlowKey named, FlowKey seen, ClientFlow owner) {
    Key key = new Key(named, owner);
    CapturedFlow flow = flows.get(key);
    if (flow == null) {
      flow = new CapturedFlow(named, owner, room);
      if (flows.size() >= MAX_FLOWS) {
        beyond++;
        return flow;
      }
      flows.put(key, flow);
    }
    if (!named.source().isEmpty()) {
      latest.putIfAbsent(seen, flow);
    } else if (flow.members().size() < MAX_FLOWS) {
      flow.members().add(seen);
    }
    return flow;
  }

  /** The entry of a five-tuple that the result lists; null if it does not. */
  CapturedFlow known(FlowKey tuple) {
    ClientFlow owner = known.get(tuple);
    return owner == null ? null : entry(tuple, tuple, owner);
  }

  /** The entry that this five-tuple has already; null if none. */
  CapturedFlow seen(FlowKey tuple) {
    return latest.get(tuple);
  }

  /** Keeps what the server saw. */
  void stamp(CapturedFlow flow, ByteBuf head) {
    Stamp.get(head, head.readerIndex() + Probe.STAMP_OFFSET)
        .ifPresent(stamp -> flow.stamped(text(stamp.tuple())));
  }

  private static FlowKey text(FiveTuple tuple) {
    return new FlowKey(
        tuple.protocol(), Endpoint.text(tuple.source()), Endpoint.text(tuple.destination()));
  }

  /** Nothing more will come. */
  void settle() {
    for (CapturedFlow flow : flows.values()) {
      flow.settle(canName(flow));
    }
  }

  /** Whether every message that can be on this five-tuple is long enough to name itself. */
  boolean canName(CapturedFlow flow) {
    return run.shares().get(flow.tuple().protocol()).canName();
  }

  Collection<CapturedFlow> flows() {
    return flows.values();
  }

  /** Entries that found no room. */
  long beyond() {
    return beyond;
  }

  /**
   * Turns a five-tuple so that its source is the client: by the address that was dialled, else by
   * its port, else by who was seen first.
   */
  FlowKey fromClient(FlowKey seen) {
    String dialled = run.destination();
    if (seen.destination().equals(dialled)) {
      return seen;
    }
    if (seen.source().equals(dialled)) {
      return seen.reversed();
    }
    String port = FlowKey.port(dialled);
    boolean to = FlowKey.port(seen.destination()).equals(port);
    boolean from = FlowKey.port(seen.source()).equals(port);
    if (to != from) {
      return to ? seen : seen.reversed();
    }
    return latest.containsKey(seen.reversed()) ? seen.reversed() : seen;
  }
}
