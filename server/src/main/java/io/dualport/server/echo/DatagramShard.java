package io.dualport.server.echo;

import io.dualport.flow.Counter;
import io.dualport.flow.Counters;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.kernel.LocalAddresses;
import io.dualport.transport.Datagrams;
import io.dualport.transport.ReceiveSlots;
import io.dualport.transport.Segmentation;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** One event loop's part of the datagram half, and what its sockets share. */
final class DatagramShard {
  /** Writable only while nothing waits to be sent, which is when the handlers go on reading. */
  private static final WriteBufferWaterMark NOTHING_WAITING = new WriteBufferWaterMark(1, 1);

  private static final long SWEEP_PAUSE_MILLIS = 1;

  private final EventLoop loop;
  private final FlowTable flows;
  private final DatagramPolicy policy;
  private final Stamper stamper;
  private final Segmentation segmentation;
  private final ReceiveSlots slots;
  private boolean sweeping;

  DatagramShard(
      EventLoop loop,
      FlowTable flows,
      DatagramPolicy policy,
      Stamper stamper,
      Segmentation segmentation) {
    this.loop = loop;
    this.flows = flows;
    this.policy = policy;
    this.stamper = stamper;
    this.segmentation = segmentation;
    Counters totals = flows.totals(Protocol.UDP);
    this.slots = new ReceiveSlots(shared -> totals.add(Counter.RECEIVES_SHARED, shared));
  }

  EventLoop loop() {
    return loop;
  }

  FlowTable flows() {
    return flows;
  }

  DatagramPolicy policy() {
    return policy;
  }

  /** Sets what every datagram socket of this loop has, before it reads. */
  void prepare(Channel channel) {
    channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, NOTHING_WAITING);
    Datagrams.receiveInto(channel, slots);
  }

  /**
   * Lets a bound socket of this loop echo.
   *
   * @param inode of the socket, or {@link io.dualport.flow.Flow#UNKNOWN}
   */
  UdpEchoHandler serve(Channel channel, InetSocketAddress local, long inode) {
    UdpEchoHandler handler =
        new UdpEchoHandler(flows, policy, stamper, new DatagramReplies(segmentation), local, inode);
    channel.pipeline().addLast(handler);
    return handler;
  }

  /** The machine's addresses changed; from any thread. */
  void useAddresses(LocalAddresses local) {
    loop.execute(() -> policy.useAddresses(local));
  }

  /** Ends the flows from which nothing came for a while, on this loop; from any thread. */
  void endIdleFlows(long idleNanos) {
    loop.execute(
        () -> {
          if (!sweeping) {
            sweep(idleNanos);
          }
        });
  }

  /** A part of the table at a time, and between two the loop serves its sockets. */
  private void sweep(long idleNanos) {
    sweeping = !flows.endIdleDatagramFlows(idleNanos, System.nanoTime());
    if (sweeping) {
      loop.schedule(() -> sweep(idleNanos), SWEEP_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
