package io.dualport.client.verify;

import io.dualport.client.verify.Names.Name;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Puts the datagrams of the capture where they belong. */
final class Datagrams {
  private static final int HEADER_BYTES = 8;

  private final FlowBook book;

  Datagrams(FlowBook book) {
    this.book = book;
  }

  /** Whether the datagram is on one of our five-tuples. */
  boolean take(Packet packet, Tuple seen) {
    int length = Math.max(0, (int) packet.number(Field.UDP_LENGTH) - HEADER_BYTES);
    int captured = Math.min(packet.payloadLength(Field.UDP_PAYLOAD), length);
    int kept = Math.min(captured, Probe.HEADER_BYTES);
    ByteBuf head = Unpooled.wrappedBuffer(packet.payload(Field.UDP_PAYLOAD, kept), 0, kept);
    Name name = book.names().name(Protocol.UDP, head);
    Tuple tuple = book.fromClient(seen);
    boolean isRequest = tuple.equals(seen);
    CapturedFlow flow = flow(name, tuple);
    if (flow == null) {
      return false;
    }
    Way way = flow.way(isRequest);
    int place = way.vantage(packet.vantage());
    way.cut += captured < length ? 1 : 0;
    if (name == null) {
      unnamed(way, place, length);
    } else if (name.isOurs()) {
      named(flow, packet, name, head, isRequest, place, length);
    } else if (place == 1) {
      way.packets++;
      way.bytes += length;
      way.foreign++;
      way.foreignBytes += length;
    }
    return true;
  }

  private CapturedFlow flow(Name name, Tuple tuple) {
    if (name != null && name.isOurs()) {
      return book.flow(tuple, name.sequence());
    }
    CapturedFlow seen = book.seen(tuple);
    return seen != null ? seen : book.known(tuple);
  }

  /** Without a number, what is seen at another place is taken for the same. */
  private static void unnamed(Way way, int place, int length) {
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
      CapturedFlow flow,
      Packet packet,
      Name name,
      ByteBuf head,
      boolean isRequest,
      int place,
      int length) {
    Way way = flow.way(isRequest);
    switch (flow.message(
        isRequest, name.sequence(), place, packet.timeNanos(), book.run().timeoutNanos())) {
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
      book.stamp(flow, head);
    }
  }
}
