package io.dualport.soak;

import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.netty.buffer.Unpooled;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** Small messages to and fro while nothing else moves, or to see whether anybody is there. */
final class Pings {
  private static final int TIMEOUT_MILLIS = 5_000;

  /** More than it takes until every event loop had one, as good as certainly. */
  private static final int MOST_SOCKETS = 200;

  private final Load load;
  private final Random random;

  Pings(Load load, Random random) {
    this.load = load;
    this.random = random;
  }

  /** A connection or a datagram socket that can send a message and wait for it. */
  private interface Line extends Closeable {
    /** Returns the event loop that answered. */
    int ping() throws IOException;
  }

  /** One message to and fro. */
  void once(Protocol protocol, InetAddress host) throws IOException {
    try (Line line = line(protocol, host)) {
      line.ping();
    }
  }

  /**
   * The time that all but one in a hundred are faster than, in ns; of the slower protocol.
   *
   * @param count on each
   */
  long percentile99(int count) throws IOException {
    InetAddress host = load.hosts().get(0);
    try (Line tcp = stream(host);
        Line udp = datagrams(host)) {
      return Math.max(percentile99(tcp, count), percentile99(udp, count));
    }
  }

  private static long percentile99(Line line, int count) throws IOException {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      long sent = System.nanoTime();
      line.ping();
      nanos[i] = System.nanoTime() - sent;
    }
    Arrays.sort(nanos);
    return nanos[count * 99 / 100];
  }

  /**
   * Which event loops answer.
   *
   * @param loops how many there are
   */
  BitSet loops(Protocol protocol, int loops) throws IOException {
    BitSet answered = new BitSet();
    InetAddress host = load.hosts().get(0);
    for (int i = 0; i < MOST_SOCKETS && answered.cardinality() < loops; i++) {
      try (Line line = line(protocol, host)) {
        answered.set(line.ping());
      }
    }
    return answered;
  }

  private Line line(Protocol protocol, InetAddress host) throws IOException {
    return protocol == Protocol.TCP ? stream(host) : datagrams(host);
  }

  private Line stream(InetAddress host) throws IOException {
    Life life = load.life();
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.bind(Load.source(host, random));
      socket.connect(new InetSocketAddress(host, life.port()), TIMEOUT_MILLIS);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new Line() {
      @Override
      public int ping() throws IOException {
        Payload sent = Payload.message(random, Probe.HEADER_BYTES, true);
        life.bytesSent.add(sent.length());
        socket.getOutputStream().write(sent.bytes());
        return eventLoop(sent, socket.getInputStream().readNBytes(sent.length()));
      }

      /** Reset, as nothing is on its way. */
      @Override
      public void close() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
      }
    };
  }

  private Line datagrams(InetAddress host) throws IOException {
    Life life = load.life();
    InetSocketAddress server = new InetSocketAddress(host, life.port());
    DatagramSocket socket = new DatagramSocket(Load.source(host, random));
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return new Line() {
      @Override
      public int ping() throws IOException {
        Payload sent = Payload.message(random, Probe.HEADER_BYTES, true);
        load.send(life, socket, new DatagramPacket(sent.bytes(), sent.length(), server));
        DatagramPacket reply = new DatagramPacket(new byte[sent.length()], sent.length());
        socket.receive(reply);
        return eventLoop(sent, Arrays.copyOf(reply.getData(), reply.getLength()));
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  private static int eventLoop(Payload sent, byte[] back) throws IOException {
    if (back.length != sent.length() || sent.mismatch(back, 0, back.length) >= 0) {
      throw new IOException("of a message only " + back.length + " bytes came back, or others");
    }
    return Stamp.get(Unpooled.wrappedBuffer(back), Probe.STAMP_OFFSET)
        .orElseThrow(() -> new IOException("a message came back without the stamp it asked for"))
        .eventLoop();
  }
}
