package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Flow;
import io.dualport.flow.FlowLimit;
import io.dualport.flow.FlowTable;
import io.dualport.flow.Protocol;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of replies where the kernel cuts no segments. */
class DatagramRepliesTest {
  private static final int SIZE = 1000;

  private final FlowTable flows = new FlowTable(0, new FlowLimit(10));
  private final Peer narrow = new Peer(40_001);
  private final Peer wide = new Peer(40_002);
  private Kernel kernel;
  private DatagramReplies replies;

  @BeforeEach
  void open() {
    Transport transport = Transport.automatic();
    Assumptions.assumeTrue(transport.sendsSegments(), "no transport here sends segments");
    replies = new DatagramReplies(new Segmentation(Segmentation.Mode.ON, transport));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Message too long", "Invalid argument", "Input/output error"})
  void shouldSendEachByItselfWhereTheKernelRefusesSegments(String refusal) {
    kernel = new Kernel(refusal);
    reply(narrow, 5);
    assertThat(kernel.taken).containsExactly(SIZE, SIZE, SIZE, SIZE, SIZE);
    assertThat(kernel.refused).isEqualTo(1);
    assertThat(narrow.count(Counter.MESSAGES_OUT)).isEqualTo(5);
    assertThat(narrow.count(Counter.BYTES_OUT)).isEqualTo(5 * SIZE);
    assertThat(narrow.count(Counter.SENDS_SHARED)).isZero();

    reply(narrow, 5); // not tried again
    assertThat(kernel.refused).isEqualTo(1);
    assertThat(narrow.count(Counter.MESSAGES_OUT)).isEqualTo(10);
    assertThat(flows.totals(Protocol.UDP).get(Counter.DROPPED_SEND_ERROR)).isZero();
    assertThat(flows.totals(Protocol.UDP).get(Counter.DROPPED_OVERSIZE)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Message too long", "Invalid argument", "Input/output error"})
  void shouldJoinRepliesToEverybodyElse(String refusal) {
    kernel = new Kernel(refusal);
    reply(narrow, 5);
    kernel.taken.clear();
    reply(wide, 5);
    assertThat(kernel.taken).containsExactly(5 * SIZE);
    assertThat(wide.count(Counter.MESSAGES_OUT)).isEqualTo(5);
    assertThat(wide.count(Counter.SENDS_SHARED)).isEqualTo(4);
  }

  private void reply(Peer peer, int datagrams) {
    ChannelHandlerContext ctx = kernel.pipeline().firstContext();
    for (int i = 0; i < datagrams; i++) {
      replies.add(ctx, peer.flow, peer.address, Unpooled.directBuffer().writeZero(SIZE));
    }
    replies.flush(ctx);
    kernel.runPendingTasks();
  }

  /** One five-tuple. */
  private final class Peer {
    final InetSocketAddress address;
    final Flow flow;

    Peer(int port) {
      address = new InetSocketAddress("127.0.0.1", port);
      flow =
          flows.datagramFlow(
              new FiveTuple(Protocol.UDP, address, SimulatedSocket.LOCAL), Flow.UNKNOWN);
    }

    long count(Counter counter) {
      return flow.count(counter);
    }
  }

  /** Cuts segments for all peers but one. */
  private final class Kernel extends EmbeddedChannel {
    final List<Integer> taken = new ArrayList<>();
    int refused;
    private final String refusal;

    Kernel(String refusal) {
      super(new ChannelHandlerAdapter() {});
      this.refusal = refusal;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer pending) {
      for (Object next = pending.current(); next != null; next = pending.current()) {
        DatagramPacket datagram = (DatagramPacket) next;
        boolean isCut = datagram instanceof SegmentedDatagramPacket;
        if (isCut && datagram.recipient().equals(narrow.address)) {
          refused++;
          pending.remove(new IOException(refusal));
        } else {
          ByteBuf bytes = datagram.content();
          taken.add(bytes.readableBytes());
          pending.remove();
        }
      }
    }
  }
}
