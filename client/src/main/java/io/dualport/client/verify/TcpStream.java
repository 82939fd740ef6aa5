package io.dualport.client.verify;

import io.dualport.client.verify.MessageIds.Name;
import io.netty.buffer.ByteBuf;

/** One TCP connection of the capture, as tshark tells them apart. */
final class TcpStream {
  /** A stream whose begin was not captured may have so much before its first message. */
  private static final long MAX_UNNAMED_BYTES = 1 << 20;

  private final CapturedFlows flows;
  private StreamHalf request;
  private StreamHalf reply;
  private final FlowKey tuple;
  private CapturedFlow flow;
  private long timeNanos;
  private long packets;
  private boolean isAlien;
  private boolean isFinished;

  /**
   * @param tuple from the client to the server
   */
  TcpStream(CapturedFlows flows, FlowKey tuple) {
    this.flows = flows;
    this.tuple = tuple;
    this.request =
        new StreamHalf(new MessageScanner(flows.names(), (name, head) -> found(true, name, head)));
    this.reply =
        new StreamHalf(new MessageScanner(flows.names(), (name, head) -> found(false, name, head)));
  }

  /** A segment; with the capture's bytes of its content. */
  void segment(Packet packet, FlowKey from) {
    packets += packet.packets();
    if (isAlien || isFinished) {
      return;
    }
    timeNanos = packet.timeNanos();
    boolean isRequest = from.equals(tuple);
    StreamHalf half = isRequest ? request : reply;
    long flags = packet.number(TsharkField.TCP_FLAGS);
    int sequence = (int) packet.number(TsharkField.TCP_SEQUENCE);
    if ((flags & TcpFlags.SYN) != 0) {
      half.begin(sequence);
    }
    int length = (int) packet.number(TsharkField.TCP_LENGTH);
    if (length > 0) {
      int captured = Math.min(packet.payloadLength(TsharkField.TCP_PAYLOAD), length);
      half.segment(
          (flags & TcpFlags.SYN) != 0 ? sequence + 1 : sequence,
          length,
          packet.payload(TsharkField.TCP_PAYLOAD, captured),
          captured,
          packet.vantage(),
          packet.identity(),
          isResent(packet));
    }
    if ((flags & TcpFlags.FIN) != 0) {
      half.end();
    }
    if ((flags & TcpFlags.ACK) != 0) {
      (isRequest ? reply : request).acked((int) packet.number(TsharkField.TCP_ACK));
    }
    if (flow == null && !flows.isKnown(tuple) && isNoneOfOurs(half)) {
      isAlien = true;
      request = null; // a capture can hold a great many of them
      reply = null;
    } else if (request.isDone() && reply.isDone()) {
      finish();
    }
  }

  private static boolean isResent(Packet packet) {
    return packet.has(TsharkField.TCP_RETRANSMISSION)
        || packet.has(TsharkField.TCP_FAST_RETRANSMISSION)
        || packet.has(TsharkField.TCP_SPURIOUS_RETRANSMISSION);
  }

  /** A stream of others is told by its first bytes, and no more of it is looked at. */
  private static boolean isNoneOfOurs(StreamHalf half) {
    long unnamed = half.scanner().unnamedBytes();
    return unnamed > MAX_UNNAMED_BYTES || unnamed > 0 && half.way().begunBefore == 0;
  }

  private void found(boolean isRequest, Name name, ByteBuf head) {
    if (!name.isOurs()) {
      Direction way = (isRequest ? request : reply).way();
      way.foreign++;
      way.foreignBytes += name.length();
      return;
    }
    if (flow == null) {
      flow = flows.flow(tuple, name.sequence());
    }
    flow.message(isRequest, name.sequence(), 1, timeNanos, Long.MAX_VALUE);
    if (!isRequest && name.hasHeader() && flow.stamped() == null) {
      flows.stamp(flow, head);
    }
  }

  /** Nothing more will come; enters what was counted into the books. */
  void finish() {
    if (isFinished || isAlien) {
      return;
    }
    isFinished = true;
    request.finish();
    reply.finish();
    if (flow == null) {
      flow = flows.known(tuple);
      disownIfOfOthers(flow);
    }
    if (flow != null) {
      flow.out.add(request.way());
      flow.back.add(reply.way());
    }
    request = null;
    reply = null;
  }

  /** A connection that is whole in the capture, and whose bytes are of no message of this run. */
  private void disownIfOfOthers(CapturedFlow known) {
    if (known != null
        && flows.canName(known)
        && request.scanner().unnamedBytes() > 0
        && request.way().cut == 0
        && !request.way().isIncomplete()) {
      request.way().foreignBytes = request.way().bytes;
      reply.way().foreignBytes = reply.way().bytes;
    }
  }

  /** Whether it is of this run; once it is finished. */
  boolean isOurs() {
    return flow != null;
  }

  long packets() {
    return packets;
  }
}
