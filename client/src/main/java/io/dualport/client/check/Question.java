package io.dualport.client.check;

import io.dualport.client.message.MessageSeries;
import io.dualport.client.verdict.Finding;
import io.dualport.flow.Protocol;
import io.dualport.report.Durations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What is asked of one protocol at one address.
 *
 * @param hostName as the user named it
 * @param sourcePort the port that was asked for; 0 if any will do
 * @param largeBytes the largest message that is tried
 * @param timeoutNanos how long any answer is waited for
 */
record Question(
    Protocol protocol,
    InetSocketAddress remote,
    String hostName,
    int sourcePort,
    long runId,
    int largeBytes,
    long timeoutNanos) {
  /** Carries the header that a server can stamp, and passes everywhere. */
  private static final int SMALL_BYTES = 128;

  /** Magic and length of the header (see Probe), which are the same in all of them. */
  private static final int BEGINNING_BYTES = 12;

  private static final int IPV4_AND_UDP_HEADER = 28;
  private static final int IPV6_AND_UDP_HEADER = 48;

  /** The size of the first messages, which tells "does not work" from "not for large ones". */
  int smallBytes() {
    return Math.min(SMALL_BYTES, largeBytes);
  }

  /** How many bytes a datagram carries that fills one packet of so many. */
  int payloadOf(int packetBytes) {
    return packetBytes - (isIpv6() ? IPV6_AND_UDP_HEADER : IPV4_AND_UDP_HEADER);
  }

  boolean isIpv6() {
    return remote.getAddress() instanceof Inet6Address;
  }

  /** Messages of one size, as sent from now on. */
  MessageSeries messages(int size) {
    Instant now = Instant.now();
    long epochNanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    return new MessageSeries(protocol, runId, size, true, epochNanos, 0);
  }

  /** How every message of a size begins, for those that answer with a part of it. */
  byte[] beginning(int size) {
    ByteBuf message = messages(size).message(0);
    return ByteBufUtil.getBytes(message, 0, Math.min(BEGINNING_BYTES, size));
  }

  /** A finding without a packet sent. */
  CheckedProtocol untried(Finding verdict) {
    return CheckedProtocol.untried(protocol, remote.getAddress(), verdict);
  }

  String timeoutText() {
    return Durations.text(timeoutNanos);
  }
}
