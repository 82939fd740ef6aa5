package io.dualport.server.echo;

import static io.dualport.flow.Counter.MESSAGES_IN;
import static io.dualport.flow.Counter.MESSAGES_OUT;
import static io.dualport.flow.Counter.RECEIVES_SHARED;
import static io.dualport.flow.Counter.SENDS_SHARED;
import static io.dualport.flow.Protocol.UDP;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.flow.Counter;
import io.dualport.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that sends segments (UDP_SEGMENT) gets each of them back, whole and by itself. */
class SegmentsTest {
  private static final int SEGMENTS = 10;

  private final List<String> echoes = new CopyOnWriteArrayList<>();
  private EventLoopGroup loop;
  private Channel client;

  @BeforeEach
  void startLoop() {
    Assumptions.assumeTrue(Transport.available().contains(Transport.EPOLL), "epoll is Linux's");
    loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterEach
  void stopLoop() throws Exception {
    if (loop != null) {
      loop.shutdownGracefully(0, 1, SECONDS).sync();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void shouldEchoEachSegmentByItselfAndCountWhatTheKernelCountsOnce(String host) throws Exception {
    try (TestServer server =
        TestServer.start(Transport.EPOLL, "host", host, "shards", "1", "udp-gso", "on")) {
      int rounds = 0;
      while (server.count(UDP, RECEIVES_SHARED) == 0) {
        exchange(server.address(host), 100 + rounds);
        assertThat(++rounds).isLessThan(100);
      }
      long sharedBefore = server.count(UDP, RECEIVES_SHARED);
      for (int i = 0; i < 20; i++) {
        exchange(server.address(host), 700 + i);
        rounds++;
      }

      server.awaitCount(UDP, MESSAGES_OUT, (long) rounds * SEGMENTS);
      assertThat(server.count(UDP, MESSAGES_IN)).isEqualTo((long) rounds * SEGMENTS);
      assertThat(server.count(UDP, RECEIVES_SHARED) - sharedBefore).isEqualTo(20 * (SEGMENTS - 1));
      assertThat(server.count(UDP, SENDS_SHARED)).isPositive();
      assertThat(server.totals(UDP).sum(Counter.drops())).isZero();
    }
  }

  @Test
  void shouldNeitherSendNorTakeSegmentsWhereToldNotTo() throws Exception {
    try (TestServer server =
        TestServer.start(Transport.EPOLL, "host", "127.0.0.1", "udp-gso", "off")) {
      for (int i = 0; i < 40; i++) {
        exchange(server.address(), 100 + i);
      }
      server.awaitCount(UDP, MESSAGES_OUT, 40 * SEGMENTS);
      assertThat(server.count(UDP, SENDS_SHARED)).isZero();
      assertThat(server.count(UDP, RECEIVES_SHARED)).isZero();
    }
  }

  /** One segmented datagram there, all segments back in order; the last one is a short one. */
  private void exchange(InetSocketAddress server, int segment) throws Exception {
    if (client == null) {
      client = client(server.getAddress().getHostAddress());
    }
    String text = "abcdefghijk".repeat(segment).substring(0, SEGMENTS * segment - 3);
    client
        .writeAndFlush(
            new SegmentedDatagramPacket(
                Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), segment, server))
        .sync();
    await().pollInterval(1, MILLISECONDS).until(() -> echoes.size() == SEGMENTS);
    for (int i = 0; i < SEGMENTS; i++) {
      assertThat(echoes.get(i))
          .isEqualTo(text.substring(i * segment, Math.min(text.length(), (i + 1) * segment)));
    }
    echoes.clear();
  }

  private Channel client(String host) throws Exception {
    return new Bootstrap()
        .group(loop)
        .channel(EpollDatagramChannel.class)
        .handler(
            new SimpleChannelInboundHandler<DatagramPacket>() {
              @Override
              protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
                ByteBuf content = datagram.content();
                echoes.add(content.toString(StandardCharsets.US_ASCII));
              }
            })
        .bind(new InetSocketAddress(host, 0))
        .sync()
        .channel();
  }
}
