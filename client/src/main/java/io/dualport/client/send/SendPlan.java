package io.dualport.client.send;

import io.dualport.client.message.MessageSeries;
import io.dualport.flow.Protocol;
import io.dualport.report.Words;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a run sends on each protocol.
 *
 * @param runId tells the messages of this run from those of any other
 * @param count messages
 * @param size bytes of each
 * @param intervalNanos from one intended send time to the next
 * @param timeoutNanos after which a message without echo is lost, and any other wait ends
 * @param sourcePort that was asked for; 0 for any
 * @param stampWanted whether the server is asked to stamp what it saw
 */
record SendPlan(
    long runId,
    int count,
    int size,
    long intervalNanos,
    long timeoutNanos,
    int sourcePort,
    boolean stampWanted) {

  /** The plan of a new run. */
  static SendPlan of(SendSettings settings) {
    return new SendPlan(
        ThreadLocalRandom.current().nextLong(),
        settings.count(),
        settings.size(),
        settings.interval().toNanos(),
        settings.timeout().toNanos(),
        settings.sourcePort(),
        settings.stamp());
  }

  /** The run id as reports show it. */
  String runIdText() {
    return Words.format("%016x", runId);
  }

  /**
   * What is sent on one protocol.
   *
   * @param firstIntendedNanos intended send time of message 0, ns since the Unix epoch
   */
  MessageSeries messages(Protocol protocol, long firstIntendedNanos) {
    return new MessageSeries(protocol, runId, size, stampWanted, firstIntendedNanos, intervalNanos);
  }
}
