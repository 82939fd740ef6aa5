package io.dualport.soak;

import io.dualport.flow.Protocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Does to a server what {@link Fault} names, but for those that end it. */
final class Faults {
  private static final int GREEDY_PEERS = 60;
  private static final int GREEDY_MOST_BYTES = 8 << 20;
  private static final int FIVE_TUPLES = 3_000;
  private static final int RESETS = 400;
  private static final int OVERFLOW_SOCKETS = 16;

  /** 26 MB, of which two sockets of the server's hold the half at most. */
  private static final int OVERFLOW_DATAGRAMS = 400;

  /** More than admin-max-connections. */
  private static final int ADMIN_CLIENTS = 80;

  private static final int PIPELINED = 100;

  /** Descriptors above those at rest: the load takes them at once. */
  private static final int SPARE_DESCRIPTORS = 4;

  private final Load load;
  private final Pings pings;
  private final Random random;
  private final InetAddress host;

  Faults(Load load, Pings pings, Random random) {
    this.load = load;
    this.pings = pings;
    this.random = random;
    this.host = load.hosts().get(0);
  }

  /**
   * Returns when it is over.
   *
   * @param descriptors of the server at rest
   */
  void strike(Fault fault, SoakedServer server, int descriptors)
      throws IOException, InterruptedException, Violation {
    switch (fault) {
      case SUSPENDED -> suspend(server, 1200 + random.nextInt(1500));
      case OVERFLOW -> overflow(server);
      case NEVER_READING -> neverRead();
      case DESCRIPTORS -> takeDescriptors(server, descriptors);
      case FIVE_TUPLES -> forge();
      case ADMIN -> pesterAdmin(server.admin());
      case RESETS -> reset();
      case SIGTERM, SIGKILL -> throw new IllegalArgumentException(fault + " is another's");
    }
  }

  private void suspend(SoakedServer server, int millis)
      throws IOException, InterruptedException, Violation {
    server.signal("STOP");
    load.await(millis);
    server.signal("CONT");
  }

  private void overflow(SoakedServer server) throws IOException, InterruptedException, Violation {
    List<DatagramSocket> sockets = new ArrayList<>();
    server.signal("STOP");
    try {
      for (int i = 0; i < OVERFLOW_SOCKETS; i++) {
        sockets.add(new DatagramSocket(Load.source(host, random)));
      }
      for (int i = 0; i < OVERFLOW_DATAGRAMS; i++) {
        send(sockets.get(i % sockets.size()), Exchange.LARGEST);
      }
      load.await(random.nextInt(500));
      server.signal("CONT");
      load.await(200);
    } finally {
      sockets.forEach(DatagramSocket::close);
    }
  }

  private void forge() throws IOException {
    for (int i = 0; i < FIVE_TUPLES; i++) {
      try (DatagramSocket socket = new DatagramSocket(Load.source(host, random))) {
        send(socket, random.nextInt(100));
      }
    }
  }

  private void send(DatagramSocket socket, int size) throws IOException {
    Life life = load.life();
    byte[] bytes = Payload.noise(random, size).bytes();
    load.send(
        life, socket, new DatagramPacket(bytes, size, new InetSocketAddress(host, life.port())));
  }

  private void neverRead() throws IOException, InterruptedException, Violation {
    List<SocketChannel> peers = new ArrayList<>();
    try {
      for (int i = 0; i < GREEDY_PEERS; i++) {
        SocketChannel peer = connect();
        peer.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        peer.configureBlocking(false);
        peers.add(peer);
      }
      long[] sent = new long[peers.size()];
      ByteBuffer block = ByteBuffer.allocateDirect(1 << 16);
      for (int moments = 20 + random.nextInt(30); moments > 0; moments--) {
        for (int i = 0; i < sent.length; i++) {
          if (sent[i] < GREEDY_MOST_BYTES) {
            sent[i] += push(peers.get(i), block.clear());
          }
        }
        load.await(50);
      }
      mustAnswerDatagrams("peers that never read");
    } finally {
      for (SocketChannel peer : peers) {
        resetAndClose(peer);
      }
    }
  }

  /** Returns how much the kernel took: nothing where the server has closed. */
  private int push(SocketChannel peer, ByteBuffer block) {
    try {
      int taken = peer.write(block);
      load.life().bytesSent.add(taken);
      return taken;
    } catch (IOException e) {
      return 0;
    }
  }

  private void takeDescriptors(SoakedServer server, int descriptors)
      throws IOException, InterruptedException, Violation {
    String before = server.descriptorLimit();
    server.limitDescriptors(String.valueOf(descriptors + SPARE_DESCRIPTORS));
    load.await(1200 + random.nextInt(1500));
    mustAnswerDatagrams("a full descriptor table");
    try {
      server.get("/healthz");
    } catch (IOException e) {
      throw new Violation("no health check was answered under a full descriptor table: " + e);
    }
    server.limitDescriptors(before);
  }

  private void mustAnswerDatagrams(String under) throws Violation {
    try {
      pings.once(Protocol.UDP, host);
    } catch (IOException e) {
      throw new Violation("UDP did not answer under " + under + ": " + e);
    }
  }

  private void reset() throws IOException {
    for (int i = 0; i < RESETS; i++) {
      SocketChannel peer = connect();
      if (random.nextBoolean()) {
        push(peer, ByteBuffer.allocate(1 + random.nextInt(100)));
      }
      resetAndClose(peer);
    }
  }

  private SocketChannel connect() throws IOException {
    SocketChannel peer = SocketChannel.open();
    try {
      peer.bind(Load.source(host, random));
      peer.connect(new InetSocketAddress(host, load.life().port()));
    } catch (IOException e) {
      peer.close();
      throw e;
    }
    return peer;
  }

  private static void resetAndClose(SocketChannel peer) throws IOException {
    try {
      peer.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // The server was first.
    }
    peer.close();
  }

  private void pesterAdmin(URI admin) throws IOException, InterruptedException, Violation {
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < ADMIN_CLIENTS; i++) {
        Socket client = new Socket(admin.getHost(), admin.getPort());
        clients.add(client);
        say(
            client,
            switch (random.nextInt(4)) {
              case 0 -> "GET /api/snap";
              case 1 -> request("/metrics").repeat(PIPELINED);
              case 2 -> request("/api/events") + request("/healthz").repeat(PIPELINED);
              default -> "";
            });
      }
      for (int moments = 10 + random.nextInt(10); moments > 0; moments--) {
        for (Socket client : clients) {
          if (random.nextInt(8) == 0) {
            say(client, random.nextBoolean() ? "X" : "\r\n");
          }
        }
        load.await(100);
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static String request(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }

  private static void say(Socket client, String text) {
    try {
      client.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It was sent away, as it may be.
    }
  }
}
