package io.dualport.client.check;

import io.dualport.client.message.MessageSeries;
import io.dualport.flow.Protocol;
import io.dualport.report.Durations;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What is asked of one protocol at one address.
 *
 * @param sourcePort the port that was asked for; 0 if any will do
 * @param largeBytes the largest message that is tried
 * @param timeoutNanos how long any answer is waited for
 */
record Question(
    Protocol protocol,
    InetSocketAddress remote,
    int sourcePort,
    long runId,
    int largeBytes,
    long timeoutNanos) {
  /** Carries the header that a server can stamp, and passes everywhere. */
  private static final int SMALL_BYTES = 128;

  /** The size of the first messages, which tells "does not work" from "not for large ones". */
  int smallBytes() {
    return Math.min(SMALL_BYTES, largeBytes);
  }

  /** Messages of one size, as sent from now on. */
  MessageSeries messages(int size) {
    Instant now = Instant.now();
    long epochNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    return new MessageSeries(protocol, runId, size, true, epochNanos, 0);
  }

  /** A finding without a packet sent. */
  Finding untried(Verdict verdict) {
    return Finding.untried(protocol, remote.getAddress(), verdict);
  }

  String timeoutText() {
    return Durations.text(timeoutNanos);
  }
}
