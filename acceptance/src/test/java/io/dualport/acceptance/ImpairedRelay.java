package io.dualport.acceptance;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * A path for datagrams that doubles some and lets others be overtaken, for machines whose kernel
 * has no netem. Each client has a socket of its own toward the server, as behind a NAT; what comes
 * back is passed on as it is.
 */
final class ImpairedRelay implements AutoCloseable {
  static final double DUPLICATED = 0.01;
  static final double OVERTAKEN = 0.01;

  /** A datagram that is held goes on after so many others of its client. */
  private static final int OVERTAKEN_BY = 2;

  private static final long SEED = 20_260_101;
  private static final int RECEIVE_BUFFER = 4 << 20;

  private final DatagramSocket front;
  private final InetSocketAddress server;
  private final Map<SocketAddress, Side> sides = new HashMap<>();
  private final Random random = new Random(SEED);

  /** The relay's socket for one client, and what is held of that client's datagrams. */
  private static final class Side {
    private final DatagramSocket socket;
    private byte[] held;
    private int passedSince;

    Side(DatagramSocket socket) {
      this.socket = socket;
    }
  }

  ImpairedRelay(int serverPort) throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    server = new InetSocketAddress(loopback, serverPort);
    front = new DatagramSocket(0, loopback);
    front.setReceiveBufferSize(RECEIVE_BUFFER);
    start(this::forward);
  }

  int port() {
    return front.getLocalPort();
  }

  private void forward() throws IOException {
    byte[] slot = new byte[65536];
    while (true) {
      DatagramPacket packet = new DatagramPacket(slot, slot.length);
      front.receive(packet);
      Side side = side(packet.getSocketAddress());
      byte[] datagram = Arrays.copyOf(slot, packet.getLength());
      if (side.held == null && random.nextDouble() < OVERTAKEN) {
        side.held = datagram;
        side.passedSince = 0;
        continue;
      }
      pass(side, datagram);
      if (random.nextDouble() < DUPLICATED) {
        pass(side, datagram);
      }
      if (side.held != null && ++side.passedSince == OVERTAKEN_BY) {
        pass(side, side.held);
        side.held = null;
      }
    }
  }

  private void pass(Side side, byte[] datagram) throws IOException {
    side.socket.send(new DatagramPacket(datagram, datagram.length, server));
  }

  private Side side(SocketAddress client) throws IOException {
    Side side = sides.get(client);
    if (side == null) {
      DatagramSocket socket = new DatagramSocket(0, server.getAddress());
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      side = new Side(socket);
      synchronized (sides) {
        sides.put(client, side);
      }
      start(
          () -> {
            byte[] slot = new byte[65536];
            while (true) {
              DatagramPacket packet = new DatagramPacket(slot, slot.length);
              socket.receive(packet);
              front.send(new DatagramPacket(slot, packet.getLength(), client));
            }
          });
    }
    return side;
  }

  private interface Loop {
    void run() throws IOException;
  }

  /** Ends when its socket is closed. */
  private static void start(Loop loop) {
    Thread thread =
        new Thread(
            () -> {
              try {
                loop.run();
              } catch (IOException closed) {
                Thread.currentThread().interrupt();
              }
            },
            "relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    front.close();
    synchronized (sides) {
      sides.values().forEach(side -> side.socket.close());
    }
  }
}
