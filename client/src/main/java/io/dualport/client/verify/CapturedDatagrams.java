package io.dualport.client.verify;

import io.dualport.client.verify.MessageIds.Name;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Puts the datagrams of the capture where they belong. */
final class CapturedDatagrams {
  private static final int HEADER_BYTES = 8;

  private final CapturedFlows flows;
  private final Segments segments;

  /** The first bytes of the message that was named last. */
  private ByteBuf head;

  CapturedDatagrams(CapturedFlows flows) {
    this.flows = flows;
    this.segments = new Segments(flows.run(), flows.names());
  }

  /** Whether the datagram, or one of those it holds, is on one of our five-tuples. */
  boolean take(Packet packet, FlowKey seen) {
    int length = Math.max(0, (int) packet.number(TsharkField.UDP_LENGTH) - HEADER_BYTES);
    int captured = Math.min(packet.payloadLength(TsharkField.UDP_PAYLOAD), length);
    int kept = Math.min(captured, Probe.HEADER_BYTES);
    FlowKey tuple = flows.fromClient(seen);
    boolean isRequest = tuple.equals(seen);
    Name name = name(packet.payload(TsharkField.UDP_PAYLOAD, kept), 0, kept);
    if (name != null && name.length() >= length) {
      return take(packet, tuple, isRequest, name, length, captured);
    }
    byte[] bytes = packet.payload(TsharkField.UDP_PAYLOAD, captured);
    int each = segments.lengthOfEach(name, Unpooled.wrappedBuffer(bytes, 0, captured), length);
    if (each == Segments.UNTOLD) {
      return untold(packet, tuple, isRequest, length);
    }
    boolean isOurs = false;
    int from = 0;
    do {
      int rest = Math.min(each, length - from);
      int there = Math.max(0, Math.min(rest, captured - from));
      Name next = name(bytes, Math.min(from, captured), captured);
      isOurs |= take(packet, tuple, isRequest, next, rest, there);
      from += each;
    } while (from < length);
    return isOurs;
  }

  /** One datagram or several, of which only the bytes are known. */
  private boolean untold(Packet packet, FlowKey tuple, boolean isRequest, int length) {
    CapturedFlow flow = flow(null, tuple);
    if (flow != null) {
      Direction way = flow.way(isRequest);
      way.untold += way.vantage(packet.vantage()) == 1 ? 1 : 0;
    }
    return take(packet, tuple, isRequest, null, length, 0);
  }

  /** MessageIds the message that begins at a byte, and keeps its head. */
  private Name name(byte[] bytes, int from, int to) {
    head = Unpooled.wrappedBuffer(bytes, from, Math.min(to - from, Probe.HEADER_BYTES));
    return flows.names().name(Protocol.UDP, head);
  }

  /** One datagram; the {@link #head} is its own. */
  private boolean take(
      Packet packet, FlowKey tuple, boolean isRequest, Name name, int length, int captured) {
    CapturedFlow flow = flow(name, tuple);
    if (flow == null) {
      return false;
    }
    Direction way = flow.way(isRequest);
    int place = way.vantage(packet.vantage());
    way.cut += captured < length ? 1 : 0;
    if (name == null) {
      unnamed(way, place, length);
    } else if (name.isOurs()) {
      named(flow, packet, name, isRequest, place, length);
    } else if (place == 1) {
      way.packets++;
      way.bytes += length;
      way.foreign++;
      way.foreignBytes += length;
    }
    return true;
  }

  private CapturedFlow flow(Name name, FlowKey tuple) {
    if (name != null && name.isOurs()) {
      return flows.flow(tuple, name.sequence());
    }
    CapturedFlow seen = flows.seen(tuple);
    return seen != null ? seen : flows.known(tuple);
  }

  /** Without a number, what is seen at another place is taken for the same. */
  private static void unnamed(Direction way, int place, int length) {
    if (place == 1) {
      way.packets++;
      way.unnamed++;
      way.unnamedBytes += length;
      way.bytes += length;
    } else {
      way.elsewhere++;
    }
  }

  private void named(
      CapturedFlow flow, Packet packet, Name name, boolean isRequest, int place, int length) {
    Direction way = flow.way(isRequest);
    switch (flow.message(
        isRequest, name.sequence(), place, packet.timeNanos(), flows.run().timeoutNanos())) {
      case FIRST -> {
        way.packets++;
        way.bytes += length;
      }
      case REPEATED -> {
        way.packets++;
        way.bytes += length;
        way.repeatedBytes += length;
      }
      case ELSEWHERE -> way.elsewhere++;
      case BEYOND -> way.packets++;
    }
    if (!isRequest && name.hasHeader() && flow.stamped() == null) {
      flows.stamp(flow, head);
    }
  }
}
