package io.dualport.client.verify;

import io.dualport.client.message.SizeRange;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code send} or {@code load} printed with {@code --format json}.
 *
 * @param command send or load
 * @param destination address and port that were dialled
 * @param timeoutNanos after which a datagram counted as lost
 * @param isInterrupted whether messages may have been in flight at its end
 * @param shares by protocol
 * @param contradictions what in the result cannot be true together
 */
record RunResult(
    String file,
    String command,
    String target,
    String destination,
    long runId,
    long timeoutNanos,
    boolean isInterrupted,
    Map<Protocol, Share> shares,
    List<String> contradictions) {
  /** As in the header of a message: below it are the numbers of one flow. */
  static final int NUMBER_BITS = 40;

  String runIdText() {
    return Words.format("%016x", runId);
  }

  /**
   * One protocol's part.
   *
   * @param flows by their first sequence number
   * @param leftOut those that are not listed, added up; null if there are none
   */
  record Share(
      Protocol protocol, SizeRange sizes, TreeMap<Long, ClientFlow> flows, ClientFlow leftOut) {

    /** The flow that a message of this run belongs to; null if the result knows none. */
    ClientFlow owner(long sequence) {
      Map.Entry<Long, ClientFlow> floor = flows.floorEntry(sequence);
      boolean isNear = floor != null && floor.getKey() >>> NUMBER_BITS == sequence >>> NUMBER_BITS;
      if (leftOut == null) {
        return isNear ? floor.getValue() : null;
      }
      boolean within = isNear && sequence - floor.getKey() < floor.getValue().sent();
      return within ? floor.getValue() : leftOut;
    }

    /** Whether every message is long enough to name itself. */
    boolean canName() {
      return sizes.min() >= MessageIds.WORD_BYTES;
    }

    /** Messages of all flows. */
    long sent() {
      return flows.values().stream().mapToLong(ClientFlow::sent).sum()
          + (leftOut == null ? 0 : leftOut.sent());
    }

    List<ClientFlow> all() {
      List<ClientFlow> all = new ArrayList<>(flows.values());
      if (leftOut != null) {
        all.add(leftOut);
      }
      return all;
    }
  }

  /** The flows by their five-tuple; of one that was used several times the first. */
  Map<FlowKey, ClientFlow> byTuple() {
    Map<FlowKey, ClientFlow> flows = new HashMap<>();
    for (Share share : shares.values()) {
      for (ClientFlow flow : share.flows.values()) {
        if (flow.source() != null) {
          flows.putIfAbsent(flow.tuple(), flow);
        }
      }
    }
    return flows;
  }
}
