package io.dualport.server.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The readers of {@code /api/events} (server-sent events, HTML Living Standard, section 9.2), and
 * the frames that one who was away can still get. For the admin side's one thread.
 */
final class EventStreams {
  /** Frames remembered, one a second. */
  static final int REMEMBERED = 120;

  /** Readers at once; each costs one send a second. */
  static final int MAX_STREAMS = 32;

  /** A reader that takes nothing for so long is gone. */
  static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final byte[] RETRY_SOON = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);

  /**
   * Written when the first reader asks: while nobody does, a frame a second costs next to nothing.
   */
  private final class Event {
    private final long number;
    private Supplier<String> json;
    private byte[] bytes;

    Event(long number, Supplier<String> json) {
      this.number = number;
      this.json = json;
    }

    byte[] bytes() {
      if (bytes == null) {
        bytes =
            ("id: " + instance + "-" + number + "\nevent: frame\ndata: " + json.get() + "\n\n")
                .getBytes(StandardCharsets.UTF_8);
        json = null;
      }
      return bytes;
    }
  }

  private final String instance;
  private final AdminCounters counters;
  private final Deque<Event> remembered = new ArrayDeque<>();
  private final Map<Channel, Long> tookLastNanos = new LinkedHashMap<>();

  EventStreams(String instance, AdminCounters counters) {
    this.instance = instance;
    this.counters = counters;
  }

  boolean isFull() {
    return tookLastNanos.size() >= MAX_STREAMS;
  }

  /**
   * Adds a reader whose response has begun, and gives it what it missed.
   *
   * @param lastEventId what it saw last, as its header says; null if it is new
   * @param now {@link System#nanoTime}
   */
  void join(Channel reader, String lastEventId, long now) {
    long seen = numberIn(lastEventId);
    reader.write(content(RETRY_SOON));
    for (Event event : remembered) {
      if (event.number > seen) {
        reader.write(content(event.bytes()));
      }
    }
    reader.flush();
    tookLastNanos.put(reader, now);
    counters.streamOpened();
    reader
        .closeFuture()
        .addListener(
            closed -> {
              tookLastNanos.remove(reader);
              counters.streamClosed();
            });
  }

  /** The number in an id of this start of the server; of another start nothing was seen. */
  private long numberIn(String lastEventId) {
    String prefix = instance + "-";
    if (lastEventId == null || !lastEventId.matches("[0-9a-f]+-\\d{1,18}")) {
      return -1;
    }
    return lastEventId.startsWith(prefix)
        ? Long.parseLong(lastEventId.substring(prefix.length()))
        : -1;
  }

  /**
   * Sends a frame to every reader that has room for it, and remembers it for the others.
   *
   * @param json writes it, now or when a reader asks what it missed
   * @param now {@link System#nanoTime}
   */
  void publish(long number, Supplier<String> json, long now) {
    Event event = new Event(number, json);
    remembered.addLast(event);
    if (remembered.size() > REMEMBERED) {
      remembered.removeFirst();
    }
    for (Channel reader : tookLastNanos.keySet().toArray(new Channel[0])) {
      if (reader.isWritable()) {
        tookLastNanos.put(reader, now);
        reader.writeAndFlush(content(event.bytes()));
      } else {
        counters.frameLost();
        if (now - tookLastNanos.get(reader) > STALLED_NANOS) {
          reader.close();
        }
      }
    }
  }

  /** Ends every stream in order, so that its reader knows that this was all. */
  void end() {
    for (Channel reader : tookLastNanos.keySet().toArray(new Channel[0])) {
      reader.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(sent -> reader.close());
    }
  }

  private static DefaultHttpContent content(byte[] bytes) {
    return new DefaultHttpContent(Unpooled.wrappedBuffer(bytes));
  }
}
