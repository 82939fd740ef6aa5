package io.dualport.soak;

import io.dualport.flow.Protocol;
import io.dualport.probe.Probe;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** One UDP socket: some datagrams, of which each must come back whole, once, from where it went. */
final class Exchange {
  static final int LARGEST = 65507;

  private static final int ROUNDS = 20;
  private static final int AT_ONCE = 4;

  /** Without a reply so long, the next round begins; a late one is still taken. */
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Beyond this a datagram is lost, for which the books must have a cause. */
  private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** So few that their replies fit into the receive buffer, however late they come. */
  private static final int MOST_WAITING = 24;

  private static final int POLL_MILLIS = 100;
  private static final int RECEIVE_BUFFER = 2 << 20;

  private final Load load;
  private final Life life;
  private final Random random;
  private final List<Payload> waiting = new ArrayList<>();
  private final byte[] slot = new byte[LARGEST + 1];
  private InetSocketAddress server;

  Exchange(Load load, Random random) {
    this.load = load;
    this.life = load.life();
    this.random = random;
  }

  void hold() throws IOException, Violation {
    InetAddress host = load.host(random);
    server = new InetSocketAddress(host, life.port());
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.setSoTimeout(POLL_MILLIS);
      socket.bind(Load.source(host, random));
      int rounds = 1 + random.nextInt(ROUNDS);
      for (int i = 0; i < rounds && !load.isPaused() && waiting.size() < MOST_WAITING; i++) {
        for (int n = 1 + random.nextInt(AT_ONCE); n > 0; n--) {
          send(socket);
        }
        receive(socket, ROUND_NANOS);
      }
      receive(socket, LOST_NANOS);
      life.datagramsLost.add(waiting.size());
    }
  }

  private void send(DatagramSocket socket) throws IOException {
    Payload payload = payload();
    if (load.send(life, socket, new DatagramPacket(payload.bytes(), payload.length(), server))) {
      waiting.add(payload);
    }
  }

  private Payload payload() {
    int size =
        switch (random.nextInt(10)) {
          case 0 -> 0;
          case 1 -> 1 + random.nextInt(16);
          case 2 -> LARGEST;
          case 3, 4 -> random.nextInt(LARGEST);
          default -> random.nextInt(1473);
        };
    return size >= Probe.HEADER_BYTES && random.nextBoolean()
        ? Payload.message(random, size, random.nextBoolean())
        : Payload.noise(random, size);
  }

  /** Until all is back, or nothing came for so long, or the server is another. */
  private void receive(DatagramSocket socket, long nanos) throws IOException, Violation {
    long last = System.nanoTime();
    while (!waiting.isEmpty() && System.nanoTime() - last < nanos && load.life() == life) {
      DatagramPacket reply = new DatagramPacket(slot, slot.length);
      try {
        socket.receive(reply);
        last = System.nanoTime();
        take(reply);
      } catch (SocketTimeoutException e) {
        // Looks at the time.
      }
    }
  }

  private void take(DatagramPacket reply) throws Violation {
    if (!reply.getSocketAddress().equals(server)) {
      throw new Violation(
          "UDP: sent to %s, answered by %s".formatted(server, reply.getSocketAddress()));
    }
    for (Iterator<Payload> each = waiting.iterator(); each.hasNext(); ) {
      Payload sent = each.next();
      if (sent.length() == reply.getLength() && sent.mismatch(slot, 0, sent.length()) < 0) {
        each.remove();
        life.datagramsReturned.increment();
        String stamp = sent.wrongStamp(slot, Protocol.UDP, life);
        if (stamp != null) {
          throw new Violation("UDP: " + stamp);
        }
        return;
      }
    }
    throw new Violation(
        "UDP: %d bytes came back that are none of the %d datagrams that wait for it"
            .formatted(reply.getLength(), waiting.size()));
  }
}
