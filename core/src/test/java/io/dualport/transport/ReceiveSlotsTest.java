package io.dualport.transport;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a real sender of segments on the loopback interface, which passes them on uncut. */
class ReceiveSlotsTest {
  private final AtomicInteger shared = new AtomicInteger();
  private final ReceiveSlots slots = new ReceiveSlots(shared::addAndGet);
  private final List<String> received = new CopyOnWriteArrayList<>();

  /** The memory that datagrams lay in. */
  private final Set<ByteBuf> memory = Collections.newSetFromMap(new IdentityHashMap<>());

  private EventLoopGroup loop;

  @BeforeEach
  void startLoop() {
    Assumptions.assumeTrue(Epoll.isAvailable(), "epoll is Linux's");
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
  void shouldGiveEveryDatagramOfAnAggregateByItself(String host) throws Exception {
    Channel receiver = receiver(host);
    Channel sender = bind(host, new Sink());

    for (int round = 1; round <= 40; round++) {
      String text = "0123456789".repeat(round % 7 + 1); // the last segment is a short one
      sendSegments(sender, receiver, text, 4);
      int whole = text.length() / 4;
      int sent = whole + (text.length() % 4 > 0 ? 1 : 0);
      await().pollInterval(1, MILLISECONDS).until(() -> received.size() == sent);
      for (int i = 0; i < sent; i++) {
        assertThat(received.get(i))
            .isEqualTo(text.substring(4 * i, Math.min(text.length(), 4 * i + 4)));
      }
      received.clear();
      int before = shared.getAndSet(0);
      assertThat(before).as("round %d", round).isEqualTo(sent - 1);
    }
  }

  /** Netty 4.2.18 forgets a reference; a version that does not makes this red, and our mending. */
  @Test
  void shouldUseTheSameMemoryAgain() throws Exception {
    Channel receiver = receiver("127.0.0.1");
    Channel sender = bind("127.0.0.1", new Sink());

    for (int round = 1; round <= 100; round++) {
      sendSegments(sender, receiver, "aabbccdd", 2);
      await().pollInterval(1, MILLISECONDS).until(() -> received.size() == 4);
      received.clear();
    }

    loop.submit(
            () -> {
              assertThat(memory).hasSizeBetween(1, 4);
              assertThat(memory).allSatisfy(slots -> assertThat(slots.refCnt()).isEqualTo(1));
            })
        .sync();
  }

  private Channel receiver(String host) throws Exception {
    Channel receiver =
        bind(
            host,
            new SimpleChannelInboundHandler<DatagramPacket>() {
              @Override
              protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
                memory.add(root(datagram.content()));
                received.add(datagram.content().toString(StandardCharsets.US_ASCII));
              }
            });
    Datagrams.receiveInto(receiver, slots);
    Datagrams.receiveAggregates(receiver);
    return receiver;
  }

  private static ByteBuf root(ByteBuf buffer) {
    return buffer.unwrap() == null ? buffer : root(buffer.unwrap());
  }

  private Channel bind(String host, SimpleChannelInboundHandler<DatagramPacket> handler)
      throws Exception {
    return new Bootstrap()
        .group(loop)
        .channel(EpollDatagramChannel.class)
        .handler(handler)
        .bind(new InetSocketAddress(host, 0))
        .sync()
        .channel();
  }

  private static void sendSegments(Channel sender, Channel receiver, String text, int segment)
      throws Exception {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    InetSocketAddress to = (InetSocketAddress) receiver.localAddress();
    sender.writeAndFlush(new SegmentedDatagramPacket(bytes, segment, to)).sync();
  }

  /** Nobody sends to the sender. */
  private static final class Sink extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket datagram) {
      throw new AssertionError("a datagram from " + datagram.sender());
    }
  }
}
