package io.dualport.soak;

import io.dualport.flow.Protocol;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** One TCP connection, from its opening to its end, in a manner that is drawn. */
final class Conversation {
  private static final int CONNECT_MILLIS = 30_000;

  /** In which something must move: longer than any fault lasts, and the idle-timeout. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final int POLL_MILLIS = 100;
  private static final int CHUNK = 64 << 10;
  private static final int LARGEST = 1 << 20;
  private static final int SMALL_BUFFER = 16 << 10;
  private static final int NEVER_READ_MOST = 4 << 20;

  /** How a peer behaves, and how often of a hundred times. */
  private enum Manner {
    HALF_CLOSE(50),
    BYTE_BY_BYTE(15),
    SLOW(12),
    RESET(12),
    IDLE(7),
    NEVER_READ(4);

    private final int share;

    Manner(int share) {
      this.share = share;
    }

    static Manner draw(Random random) {
      int ticket = random.nextInt(100);
      for (Manner manner : values()) {
        ticket -= manner.share;
        if (ticket < 0) {
          return manner;
        }
      }
      throw new IllegalStateException("the shares are less than a hundred");
    }
  }

  private final Load load;
  private final Life life;
  private final Random random;
  private final Manner manner;

  Conversation(Load load, Random random) {
    this.load = load;
    this.life = load.life();
    this.random = random;
    this.manner = Manner.draw(random);
  }

  void hold() throws IOException, Violation, InterruptedException {
    InetAddress host = load.host(random);
    try (SocketChannel channel = SocketChannel.open();
        Selector selector = Selector.open()) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (manner == Manner.SLOW || manner == Manner.NEVER_READ) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
      }
      channel.bind(Load.source(host, random));
      channel.socket().connect(new InetSocketAddress(host, life.port()), CONNECT_MILLIS);
      if (load.life() != life) {
        return; // nobody knows which of the two it came to
      }
      life.connections.increment();
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      try {
        switch (manner) {
          case HALF_CLOSE -> echo(channel, selector, size(LARGEST), CHUNK, CHUNK);
          case BYTE_BY_BYTE -> echo(channel, selector, size(400), 1, CHUNK);
          case SLOW -> echo(channel, selector, size(CHUNK), CHUNK, 1024);
          case RESET -> reset(channel);
          case IDLE -> idle(channel, selector);
          case NEVER_READ -> neverRead(channel);
        }
      } catch (IOException e) {
        life.cut.increment();
      }
    }
  }

  /** As often between 10 and 100 as between 1,000 and 10,000. */
  private int size(int most) {
    return (int) Math.exp(random.nextDouble() * Math.log(most));
  }

  private Payload payload(int size) {
    return random.nextBoolean()
        ? Payload.noise(random, size)
        : Payload.messages(random, size, 1 + size(4096));
  }

  /** Sends all of it and FIN, and must have all of it back, and FIN. */
  private void echo(
      SocketChannel channel, Selector selector, int size, int sentAtOnce, int readAtOnce)
      throws IOException, Violation {
    Payload payload = payload(size);
    byte[] back = new byte[size + 1]; // what comes beyond is seen
    ByteBuffer out = ByteBuffer.wrap(payload.bytes());
    ByteBuffer in = ByteBuffer.wrap(back);
    boolean shut = false;
    long moved = System.nanoTime();
    while (true) {
      int sent = shut ? 0 : send(channel, out, sentAtOnce);
      if (!out.hasRemaining() && !shut) {
        channel.shutdownOutput();
        shut = true;
      }
      int from = in.position();
      int read = channel.read(in.limit(Math.min(back.length, from + readAtOnce)));
      if (read < 0) {
        ended(payload, in);
        return;
      }
      compare(payload, in, from);
      if (sent + read > 0) {
        moved = System.nanoTime();
      } else {
        await(selector, out.hasRemaining(), moved, in.position(), size);
      }
    }
  }

  private int send(SocketChannel channel, ByteBuffer out, int atOnce) throws IOException {
    int end = out.capacity();
    int sent = channel.write(out.limit(Math.min(end, out.position() + atOnce)));
    out.limit(end);
    life.bytesSent.add(sent);
    return sent;
  }

  private void compare(Payload payload, ByteBuffer in, int from) throws Violation {
    if (in.position() > payload.length()) {
      throw wrong("more than the %d bytes that were sent came back", payload.length());
    }
    int place = payload.mismatch(in.array(), from, in.position());
    if (place >= 0) {
      throw wrong("byte %d of %d came back as another", place, payload.length());
    }
  }

  private void ended(Payload payload, ByteBuffer in) throws Violation {
    if (in.position() < payload.length()) {
      life.cut.increment();
      return;
    }
    String stamp = payload.wrongStamp(in.array(), Protocol.TCP, life);
    if (stamp != null) {
      throw wrong("%s", stamp);
    }
    life.completed.increment();
    life.bytesReturned.add(payload.length());
  }

  private void await(Selector selector, boolean writes, long moved, int back, int size)
      throws IOException, Violation {
    for (SelectionKey key : selector.keys()) {
      key.interestOps(SelectionKey.OP_READ | (writes ? SelectionKey.OP_WRITE : 0));
    }
    selector.select(POLL_MILLIS);
    selector.selectedKeys().clear();
    if (System.nanoTime() - moved > PATIENCE_NANOS && load.life() == life) {
      throw wrong("nothing for 30 s after %d of %d bytes, and no end", back, size);
    }
  }

  private void reset(SocketChannel channel) throws IOException, InterruptedException {
    send(channel, ByteBuffer.wrap(payload(size(CHUNK)).bytes()), CHUNK);
    TimeUnit.MILLISECONDS.sleep(random.nextInt(20));
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
  }

  /** The server must end it. */
  private void idle(SocketChannel channel, Selector selector) throws IOException, Violation {
    int size = size(1000);
    ByteBuffer out = ByteBuffer.wrap(payload(size).bytes());
    ByteBuffer in = ByteBuffer.allocate(size + 1);
    long moved = System.nanoTime();
    while (!load.isPaused()) {
      int sent = send(channel, out, CHUNK);
      int read = channel.read(in);
      if (read < 0) {
        life.cut.increment();
        return;
      }
      if (sent + read > 0) {
        moved = System.nanoTime();
      } else {
        await(selector, out.hasRemaining(), moved, in.position(), size);
      }
    }
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
  }

  private void neverRead(SocketChannel channel) throws IOException, InterruptedException {
    Payload payload = payload(CHUNK);
    int left = NEVER_READ_MOST;
    int moments = 5 + random.nextInt(20);
    while (left > 0 && moments > 0 && !load.isPaused()) {
      int sent = send(channel, ByteBuffer.wrap(payload.bytes()), CHUNK);
      left -= sent;
      if (sent == 0) {
        moments--;
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
  }

  private Violation wrong(String what, Object... values) {
    return new Violation("TCP, " + manner + ": " + what.formatted(values));
  }
}
