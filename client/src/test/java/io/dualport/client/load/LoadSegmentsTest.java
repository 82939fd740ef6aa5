package io.dualport.client.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.client.PlainEcho;
import io.dualport.client.load.count.Count;
import io.dualport.client.load.count.ProtocolLoad;
import io.dualport.client.load.plan.LoadFailure;
import io.dualport.transport.Datagrams;
import io.dualport.transport.Segmentation;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that leave together, and such that come back joined: each is still one of its own. */
class LoadSegmentsTest {
  private static final int SIZE = 100;

  @ParameterizedTest
  @EnumSource(Segmentation.Mode.class)
  void shouldSendEachMessageAsADatagramWhateverLeavesTogether(Segmentation.Mode mode)
      throws Exception {
    assumeAvailable(mode);
    AtomicLong datagrams = new AtomicLong();
    Set<Integer> lengths = ConcurrentHashMap.newKeySet();
    PlainEcho.Answer counting =
        (datagram, from) -> {
          datagrams.incrementAndGet();
          lengths.add(datagram.length);
          return List.of(datagram);
        };
    try (PlainEcho echo = PlainEcho.udp(counting)) {
      Loading loading =
          Loading.of(echo.port())
              .with("connections", 2)
              .with("depth", 32)
              .with("size", SIZE)
              .with("udp-gso", mode);
      ProtocolLoad udp = loading.udp();

      assertThat(udp.isWhole()).as(udp.causes().toString()).isTrue();
      assertThat(udp.count(Count.SENT)).isEqualTo(datagrams.get()).isPositive();
      assertThat(lengths).containsExactly(SIZE);
      if (mode == Segmentation.Mode.OFF) {
        assertThat(udp.sendsShared()).isZero();
      } else if (mode == Segmentation.Mode.ON) {
        assertThat(udp.sendsShared()).isPositive().isLessThan(udp.count(Count.SENT));
      }
    }
  }

  /** Due many at a time, and from senders that know nothing of each other. */
  @Test
  void shouldSendEachMessageOfAnOpenLoopByItselfUnlessToldOtherwise() throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolLoad udp =
          Loading.of(echo.port())
              .with("rate", 20_000)
              .with("duration", "200ms")
              .with("connections", 1)
              .udp();

      assertThat(udp.count(Count.SENT)).isPositive();
      assertThat(udp.sendsShared()).isZero();
    }
  }

  /** Each has another length, so none can leave with another one. */
  @Test
  void shouldSendMessagesOfDifferentSizesOneByOne() throws Exception {
    assumeAvailable(Segmentation.Mode.ON);
    try (PlainEcho echo = PlainEcho.good()) {
      ProtocolLoad udp =
          Loading.of(echo.port())
              .with("depth", 32)
              .with("size", "8..1400")
              .with("udp-gso", "on")
              .udp();

      assertThat(udp.isWhole()).as(udp.causes().toString()).isTrue();
      assertThat(udp.sendsShared()).isZero();
    }
  }

  @Test
  void shouldCountEachOfJoinedEchoes() throws Exception {
    try (JoiningEcho echo = new JoiningEcho(bytes -> bytes, true)) {
      ProtocolLoad udp = loadOn(echo);

      assertThat(udp.isWhole()).as(udp.causes().toString()).isTrue();
      assertThat(udp.count(Count.SENT)).isEqualTo(echo.received.get());
      assertThat(udp.isBalanced()).isTrue();
      assertThat(echo.joined.get()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32, SIZE / 2, SIZE - 1})
  void shouldCountJoinedEchoesThatAreTruncated(int length) throws Exception {
    try (JoiningEcho echo = new JoiningEcho(bytes -> bytes.slice(0, length), true)) {
      ProtocolLoad udp = loadOn(echo);

      assertThat(echo.joined.get()).isPositive();
      assertThat(udp.count(Count.TRUNCATED) + udp.count(Count.STRAY))
          .isEqualTo(echo.received.get());
      assertThat(udp.count(Count.ECHOED)).isZero();
      assertThat(udp.isBalanced()).isTrue();
    }
  }

  /** As a server does that does not look where the datagrams end that it received as one. */
  @Test
  void shouldNotTakeOneLongDatagramForSeveralEchoes() throws Exception {
    try (JoiningEcho echo = new JoiningEcho(bytes -> bytes, false)) {
      ProtocolLoad udp = loadOn(echo);

      assertThat(udp.count(Count.CORRUPTED)).isEqualTo(echo.joined.get()).isPositive();
      assertThat(udp.count(Count.ECHOED)).isEqualTo(echo.alone.get());
      assertThat(udp.isBalanced()).isTrue();
    }
  }

  private static void assumeAvailable(Segmentation.Mode mode) {
    Assumptions.assumeTrue(
        mode != Segmentation.Mode.ON || Transport.automatic().sendsSegments(),
        "no transport here sends segments");
  }

  private static ProtocolLoad loadOn(JoiningEcho echo) throws LoadFailure {
    return Loading.of(echo.port())
        .over(Transport.EPOLL)
        .with("duration", "200ms")
        .with("depth", 16)
        .with("size", SIZE)
        .with("udp-gso", "on")
        .timeout("500ms")
        .udp();
  }

  /** What it reads at once it answers at once, as one segmented datagram or as a long one. */
  private static final class JoiningEcho extends SimpleChannelInboundHandler<DatagramPacket>
      implements AutoCloseable {
    final AtomicLong received = new AtomicLong();
    final AtomicLong joined = new AtomicLong();
    final AtomicLong alone = new AtomicLong();

    private final UnaryOperator<ByteBuf> touch;
    private final boolean segmented;
    private final EventLoopGroup loop;
    private final Channel channel;
    private final List<byte[]> replies = new ArrayList<>();
    private InetSocketAddress peer;

    JoiningEcho(UnaryOperator<ByteBuf> touch, boolean segmented) throws Exception {
      assumeTrue(Transport.EPOLL.isAvailable() && Transport.EPOLL.sendsSegments());
      this.touch = touch;
      this.segmented = segmented;
      loop = new MultiThreadIoEventLoopGroup(1, Transport.EPOLL.ioHandlerFactory());
      InetAddress address = InetAddress.getLoopbackAddress();
      channel =
          new Bootstrap()
              .group(loop)
              .channelFactory(Transport.EPOLL.datagrams(address))
              .handler(this)
              .bind(new InetSocketAddress(address, 0))
              .sync()
              .channel();
    }

    int port() {
      return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
      received.incrementAndGet();
      peer = packet.sender();
      replies.add(ByteBufUtil.getBytes(touch.apply(packet.content())));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (replies.isEmpty()) {
        return;
      }
      (replies.size() > 1 ? joined : alone).incrementAndGet();
      int length = replies.get(0).length;
      ByteBuf all = Unpooled.directBuffer(Datagrams.SLOT_BYTES);
      replies.forEach(all::writeBytes);
      replies.clear();
      ctx.writeAndFlush(
          segmented
              ? new SegmentedDatagramPacket(all, length, peer)
              : new DatagramPacket(all, peer));
    }

    @Override
    public void close() {
      channel.close().syncUninterruptibly();
      loop.shutdownGracefully();
    }
  }
}
