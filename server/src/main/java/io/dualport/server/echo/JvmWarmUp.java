package io.dualport.server.echo;

import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A message of each protocol, stamped and counted before anybody has sent one, so that the first
 * client does not wait for classes to be loaded. In memory, with a flow table of its own: no
 * socket, no kernel counter and no reader of ours learns of it.
 */
final class JvmWarmUp {
  private static final InetSocketAddress SOMEBODY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

  private JvmWarmUp() {}

  /** Plays once; for an event loop, which it takes as long as its first message would. */
  static void play() {
    FlowTable flows = new FlowTable(0, new FlowLimit(2));
    Stamper stamper = new Stamper(true, 0);
    ByteBuf message = Unpooled.directBuffer(Probe.HEADER_BYTES);
    try {
      new Probe(Probe.HEADER_BYTES, true, 0, 0, 0).writeHeader(message);
      playDatagram(flows, stamper, message);
      playStream(flows, stamper, message);
    } finally {
      message.release();
    }
  }

  private static void playDatagram(FlowTable flows, Stamper stamper, ByteBuf message) {
    FiveTuple tuple = new FiveTuple(Protocol.UDP, SOMEBODY, SOMEBODY);
    long now = System.nanoTime();
    Flow flow = flows.datagramFlow(tuple, Flow.UNKNOWN);
    flow.received(message.readableBytes(), now);
    stamper.stampDatagram(message, tuple, flows.eventLoop());
    flow.sent(message.readableBytes(), 1);
    flows.endIdleDatagramFlows(0, now);
  }

  private static void playStream(FlowTable flows, Stamper stamper, ByteBuf message) {
    FiveTuple tuple = new FiveTuple(Protocol.TCP, SOMEBODY, SOMEBODY);
    Flow flow = flows.openConnection(tuple, Flow.UNKNOWN);
    Stamper.Stream stream = stamper.stream(tuple, flows.eventLoop());
    int messages = stream.pass(message);
    flow.framed(stream.framing());
    flow.read(message.readableBytes(), messages, System.nanoTime());
    flow.written(message.readableBytes(), messages);
    flows.end(flow, "rehearsal");
  }
}
