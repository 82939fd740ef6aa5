package io.dualport.client.send;

import io.dualport.client.message.Stranger;
import io.dualport.kernel.Errno;
import io.dualport.report.Durations;
import io.dualport.report.Words;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The messages as one byte stream, then a half-close: our FIN, the server's FIN, and nothing in
 * between that was not sent.
 */
final class TcpExchange extends Exchange {
  private EchoStream stream;
  private boolean halfClosed;

  /** A byte stream has no empty messages. */
  TcpExchange(Diagnosis diagnosis, Consumer<Supplier<String>> told) {
    super(diagnosis, diagnosis.plan().size() == 0 ? 0 : diagnosis.plan().count(), told);
  }

  @Override
  void transmit() {
    int sequence = flight.next();
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

  @Override
  public void channelRead(ChannelHandlerContext context, Object received) {
    ByteBuf bytes = (ByteBuf) received;
    try {
      if (isRunning()) {
        heard();
        // Every word is looked at: in a plain array that costs no reference count each time.
        take(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(bytes)));
        tick();
      }
    } finally {
      bytes.release();
    }
  }

  private void take(ByteBuf bytes) {
    if (stream == null) {
      stream = new EchoStream(messages(), this);
      if (Stranger.isAtTheStartOf(bytes, messages(), 0)) {
        Stranger stranger = Stranger.of(bytes);
        flight.corrupted();
        damaged(stranger.evidence());
        finish(diagnosis.strange(stranger));
        return;
      }
    }
    stream.read(bytes);
    if (bytes.isReadable()) {
      flight.corrupted();
      damaged(
          Words.format(
              "more came back than the %s sent, at least %d beyond them",
              Words.count(stream.bytesRead(), "byte that was", "bytes that were"),
              bytes.readableBytes()));
      finish(diagnosis.corrupted(firstDamage()));
    }
  }

  /** FIN after the last echo: what is asked is whether the server answers with its own. */
  @Override
  void onSettled() {
    halfClosed = true;
    ((SocketChannel) channel()).shutdownOutput();
    later(plan.timeoutNanos(), this::closedWithoutFin);
  }

  private void closedWithoutFin() {
    conclude(
        false,
        "; the server did not close within " + Durations.text(plan.timeoutNanos()) + " of our FIN");
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      onFin();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    onFin();
  }

  private void onFin() {
    if (!isRunning()) {
      return;
    }
    if (halfClosed) {
      conclude(true, "");
    } else if (firstDamage().isEmpty()) {
      finish(diagnosis.closedEarly(flight, stream == null ? 0 : stream.bytesRead()));
    } else {
      finish(diagnosis.corrupted(firstDamage() + "; then the server closed"));
    }
  }

  @Override
  void onFailure(Throwable cause) {
    if (halfClosed && Errno.of(cause) == Errno.ECONNRESET) {
      conclude(false, "; the server answered our FIN with RST");
    } else if (firstDamage().isEmpty()) {
      finish(diagnosis.broken(cause, flight));
    } else {
      finish(diagnosis.corrupted(firstDamage() + "; then the connection broke"));
    }
  }

  private void conclude(boolean cleanly, String ending) {
    finish(
        plan.size() == 0
            ? diagnosis.nothingToSend(cleanly)
            : diagnosis.settled(flight, firstDamage(), ending));
  }
}
