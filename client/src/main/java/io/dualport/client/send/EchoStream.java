package io.dualport.client.send;

import io.dualport.client.message.MessageSeries;
import io.dualport.probe.Pattern;
import io.dualport.probe.Probe;
import io.dualport.report.Words;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Compares the bytes of a connection with the messages that were sent, however they are cut. */
final class EchoStream {
  private final MessageSeries messages;
  private final Exchange exchange;
  private final ByteBuf header = Unpooled.buffer(Probe.HEADER_BYTES, Probe.HEADER_BYTES);

  private int sequence;
  private int offset;
  private Pattern pattern;
  private boolean wrong;
  private long bytesRead;

  EchoStream(MessageSeries messages, Exchange exchange) {
    this.messages = messages;
    this.exchange = exchange;
    this.pattern = messages.pattern(0);
  }

  long bytesRead() {
    return bytesRead;
  }

  /** Takes bytes as long as they can be echoes; what stays readable was never sent. */
  void read(ByteBuf in) {
    while (in.isReadable() && exchange.flight.isSent(sequence)) {
      int taken = messages.hasHeader() && offset < Probe.HEADER_BYTES ? header(in) : payload(in);
      in.skipBytes(taken);
      offset += taken;
      bytesRead += taken;
      if (offset == messages.size()) {
        complete();
      }
    }
  }

  /** The stamp can only be judged whole, so a header is collected first. */
  private int header(ByteBuf in) {
    int take = Math.min(in.readableBytes(), Probe.HEADER_BYTES - offset);
    header.writeBytes(in, in.readerIndex(), take);
    if (!header.isWritable()) {
      int at = messages.headerMismatch(sequence, header, 0, Probe.HEADER_BYTES);
      if (at == MessageSeries.NO_MISMATCH) {
        MessageSeries.stamp(header, 0).ifPresent(exchange::stamped);
      } else {
        wrongAt(at);
      }
      header.clear();
    }
    return take;
  }

  private int payload(ByteBuf in) {
    int take = Math.min(in.readableBytes(), messages.size() - offset);
    int at = pattern.firstMismatch(in, in.readerIndex(), offset, take);
    if (at != MessageSeries.NO_MISMATCH) {
      wrongAt(at);
    }
    return take;
  }

  private void wrongAt(int position) {
    wrong = true;
    exchange.damaged(
        Words.format(
            "message %d of %s came back with a wrong byte at position %d, byte %d of the stream",
            sequence,
            Words.count(messages.size(), "byte"),
            position,
            (long) sequence * messages.size() + position));
  }

  private void complete() {
    if (wrong) {
      exchange.flight.corrupted(sequence);
    } else {
      exchange.flight.echoed(sequence, System.nanoTime());
    }
    sequence++;
    offset = 0;
    wrong = false;
    pattern = messages.pattern(sequence);
  }
}
