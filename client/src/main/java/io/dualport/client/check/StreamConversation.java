package io.dualport.client.check;

import io.dualport.client.check.Answer.Kind;
import io.dualport.client.check.CheckedProtocol.HalfClose;
import io.dualport.client.check.service.KnownAnswers;
import io.dualport.client.message.MessageSeries;
import io.dualport.probe.Stamp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Asks over a connection, one message after the other, and tells what became of each. */
final class StreamConversation {
  private final Question question;
  private final SocketChannel connection;
  private final Inbox inbox;

  /** A message that keeps coming is waited for so many times the timeout. */
  private static final int SLOW_TIMEOUTS = 5;

  private static final String BLANK_LINE = "\r\n\r\n";

  /** Servers that are there answer at once what ends their waiting. */
  private static final long PROVOKED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Set<Long> instances = new TreeSet<>();
  private int sequence;
  private MessageSeries asked;

  /** What came beyond the last echo; normally nothing. */
  private ByteBuf unread = Unpooled.EMPTY_BUFFER;

  private Inbox.Arrival end;
  private volatile long sentNanos = System.nanoTime();
  private long heardNanos = sentNanos;

  StreamConversation(Question question, SocketChannel connection, Inbox inbox) {
    this.question = question;
    this.connection = connection;
    this.inbox = inbox;
  }

  /** Sends a message and waits for all of it to come back. */
  Answer ask(int size) {
    return exchange(size, false);
  }

  /** Sends a message and FIN right behind it, which must not cost any byte of the echo. */
  Answer askAndHalfClose(int size) {
    return exchange(size, true);
  }

  /**
   * Makes a server speak up that waits for the end of a line, or for all of it: a blank line, then
   * FIN. What had been asked before counts as unanswered.
   *
   * @return {@link Kind#STRANGE} with what came, {@link Kind#WHOLE} if it was the message after
   *     all, {@link Kind#CUT} for FIN alone
   */
  Answer provoke() {
    connection
        .eventLoop()
        .execute(() -> send(Unpooled.copiedBuffer(BLANK_LINE, StandardCharsets.US_ASCII), true));
    long deadline = System.nanoTime() + Math.min(question.timeoutNanos(), PROVOKED_NANOS);
    while (end == null) {
      Inbox.Arrival arrival = inbox.await(deadline);
      if (arrival == null) {
        break;
      }
      take(arrival);
    }
    if (unread.isReadable()) {
      int length = Math.min(unread.readableBytes(), asked.size());
      boolean ours =
          asked.firstMismatch(sequence, unread, unread.readerIndex(), length)
              == MessageSeries.NO_MISMATCH;
      return answer(ours ? Kind.WHOLE : Kind.STRANGE, BLANK_LINE.length(), unread, 0, null, null);
    }
    return end == null
        ? answer(Kind.NOTHING, BLANK_LINE.length(), unread, 0, null, null)
        : ended(unread, BLANK_LINE.length());
  }

  /** How the other side ends the connection after our FIN, all of it having come back. */
  HalfClose awaitFin() {
    long deadline = System.nanoTime() + question.timeoutNanos();
    while (end == null && !unread.isReadable()) {
      Inbox.Arrival arrival = inbox.await(deadline);
      if (arrival == null) {
        return HalfClose.NOT_ANSWERED;
      }
      take(arrival);
    }
    if (unread.isReadable()) {
      return HalfClose.MORE;
    }
    return end instanceof Inbox.Fin ? HalfClose.KEPT : HalfClose.RESET;
  }

  /** The ids of the servers that stamped an echo; a relay can have several. */
  Set<Long> instances() {
    return instances;
  }

  private Answer exchange(int size, boolean halfClose) {
    MessageSeries messages = question.messages(size);
    ByteBuf echo = Unpooled.buffer(size);
    asked = messages;
    ByteBuf message = messages.message(sequence);
    long start = System.nanoTime();
    sentNanos = start;
    if (unread.isReadable()) {
      return answer(Kind.MORE, size, unread, 0, null, null);
    }
    connection.eventLoop().execute(() -> send(message, halfClose));
    long patience = start + SLOW_TIMEOUTS * question.timeoutNanos();
    while (true) {
      int wanted = Math.min(size - echo.readableBytes(), unread.readableBytes());
      echo.writeBytes(unread, wanted);
      int wrongAt = messages.firstMismatch(sequence, echo, 0, echo.readableBytes());
      if (wrongAt != MessageSeries.NO_MISMATCH) {
        return wrong(messages, echo, wrongAt);
      }
      if (echo.readableBytes() == size) {
        sequence++;
        return whole(messages, echo);
      }
      if (end != null) {
        return ended(echo, size);
      }
      // What still comes is no silence, however slow; but not for ever.
      long silence = Math.max(start, heardNanos) + question.timeoutNanos();
      Inbox.Arrival arrival = inbox.await(Math.min(silence, patience));
      if (arrival == null) {
        return answer(Kind.NOTHING, size, echo, echo.readableBytes(), null, null);
      }
      take(arrival);
    }
  }

  /** On the event loop, which looks at the clock for what arrives as well. */
  private void send(ByteBuf message, boolean halfClose) {
    sentNanos = System.nanoTime();
    ChannelFuture written = connection.writeAndFlush(message);
    if (halfClose) {
      written.addListener(sent -> connection.shutdownOutput());
    }
    written.addListener(sent -> Inbox.writeEnded(written));
  }

  private void take(Inbox.Arrival arrival) {
    heardNanos = arrival.nanos();
    if (arrival instanceof Inbox.Bytes bytes) {
      unread = Unpooled.wrappedBuffer(unread, Unpooled.wrappedBuffer(bytes.bytes()));
    } else {
      end = arrival;
    }
  }

  private Answer wrong(MessageSeries messages, ByteBuf echo, int wrongAt) {
    await(echo, messages.size());
    int length = Math.min(echo.readableBytes(), messages.size());
    int differences = messages.differences(sequence, echo, 0, length);
    boolean isOther = KnownAnswers.of(new byte[0], ByteBufUtil.getBytes(echo)).isPresent();
    Kind kind = 2 * differences < length && !isOther ? Kind.WRONG : Kind.STRANGE;
    return answer(kind, messages.size(), echo, wrongAt, null, null);
  }

  /** What else belongs to the sentence that began wrong; little is enough to judge and show it. */
  private void await(ByteBuf echo, int size) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
    while (true) {
      echo.writeBytes(unread, Math.min(size - echo.readableBytes(), unread.readableBytes()));
      Inbox.Arrival arrival =
          echo.readableBytes() == size || end != null ? null : inbox.await(deadline);
      if (arrival == null) {
        return;
      }
      take(arrival);
    }
  }

  private Answer whole(MessageSeries messages, ByteBuf echo) {
    Stamp stamp = messages.hasHeader() ? MessageSeries.stamp(echo, 0).orElse(null) : null;
    if (stamp != null) {
      instances.add(stamp.instanceId());
    }
    return answer(Kind.WHOLE, messages.size(), echo, messages.size(), stamp, null);
  }

  private Answer ended(ByteBuf echo, int size) {
    return end instanceof Inbox.Failure failure
        ? answer(Kind.ERROR, size, echo, echo.readableBytes(), null, failure.cause())
        : answer(Kind.CUT, size, echo, echo.readableBytes(), null, null);
  }

  private Answer answer(
      Kind kind, int size, ByteBuf echo, int position, Stamp stamp, Throwable error) {
    byte[] bytes = new byte[echo.readableBytes()];
    echo.getBytes(echo.readerIndex(), bytes);
    long took = Math.max(0, (kind == Kind.NOTHING ? System.nanoTime() : heardNanos) - sentNanos);
    return new Answer(kind, kind, size, 1, bytes, position, null, took, stamp, error);
  }
}
