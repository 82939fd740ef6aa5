package io.dualport.client.send;

import io.dualport.client.message.MessageSeries;
import io.dualport.client.message.Preview;
import io.dualport.client.message.ProxyHeader;
import io.dualport.client.message.Stranger;
import io.dualport.report.Words;
import io.dualport.transport.Datagrams;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The messages as datagrams, one each. */
final class UdpExchange extends Exchange {
  /** How long the socket stays open after the last echo, to hear duplicates. */
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private DatagramMatcher matcher;

  /** The first datagram that is like no message of ours. */
  private Stranger stranger;

  UdpExchange(Diagnosis diagnosis, Consumer<Supplier<String>> told) {
    super(diagnosis, diagnosis.plan().count(), told);
  }

  @Override
  void transmit() {
    int sequence = flight.next();
    if (plan.size() == 0) {
      transmitEmpty();
      return;
    }
    ByteBuf message = messages().message(sequence);
    flight.launch(System.nanoTime());
    channel()
        .writeAndFlush(message)
        .addListener(
            sent -> {
              if (!sent.isSuccess()) {
                failed(sent.cause());
              }
            });
  }

  private void transmitEmpty() {
    flight.launch(System.nanoTime());
    try {
      Datagrams.sendEmpty(channel(), diagnosis.remote());
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    DatagramPacket packet = (DatagramPacket) received;
    try {
      if (isRunning() && packet.sender().equals(diagnosis.remote())) {
        heard();
        // Every word is looked at: in a plain array that costs no reference count each time.
        take(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(packet.content())));
        tick();
      }
    } finally {
      packet.release();
    }
  }

  private void take(ByteBuf datagram) {
    long now = System.nanoTime();
    if (matcher == null) {
      matcher = new DatagramMatcher(messages(), flight);
    }
    if (ProxyHeader.at(datagram, datagram.readerIndex()).isPresent()) {
      strange(Stranger.of(datagram), Stranger.of(datagram).evidence());
      return;
    }
    DatagramMatcher.Match match = matcher.match(datagram);
    switch (match.kind()) {
      case WHOLE -> {
        if (messages().hasHeader()) {
          MessageSeries.stamp(datagram, datagram.readerIndex()).ifPresent(this::stamped);
        }
        flight.echoed(match.sequence(), now);
      }
      case TRUNCATED -> {
        damaged(
            Words.format(
                "message %d came back with %d of its %s, the same as sent",
                match.sequence(), match.position(), Words.count(plan.size(), "byte")));
        flight.truncated(match.sequence());
      }
      case CORRUPTED -> {
        damaged(
            Words.format(
                "message %d of %s came back with %d, the first wrong one at position %d",
                match.sequence(),
                Words.count(plan.size(), "byte"),
                datagram.readableBytes(),
                match.position()));
        flight.corrupted(match.sequence());
      }
      case STRANGER ->
          strange(
              Stranger.of(datagram),
              Words.format(
                  "a datagram of %s came that is like no message of this run: %s",
                  Words.count(datagram.readableBytes(), "byte"),
                  Preview.of(ByteBufUtil.getBytes(datagram))));
    }
  }

  private void strange(Stranger came, String what) {
    stranger = stranger == null || came.isProxyHeader() ? came : stranger;
    damaged(what);
    flight.corrupted();
  }

  @Override
  void onSettled() {
    later(
        Math.min(LINGER_NANOS, plan.timeoutNanos()),
        () ->
            finish(
                namesTheCause()
                    ? diagnosis.strange(stranger)
                    : diagnosis.settled(flight, firstDamage(), "")));
  }

  /** A load balancer writes its header before the first datagram alone; the others come back. */
  private boolean namesTheCause() {
    return stranger != null && (stranger.isProxyHeader() || flight.counts().echoed() == 0);
  }

  @Override
  void onFailure(Throwable cause) {
    if (!isSettled()) {
      finish(diagnosis.broken(cause, flight));
    }
  }
}
