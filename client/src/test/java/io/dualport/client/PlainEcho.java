package io.dualport.client;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server on one port of both protocols, in plain Java, that can be told to misbehave. */
public final class PlainEcho implements Closeable {
  private static final int ATTEMPTS = 50;

  /** What the server does with one connection; the socket is closed afterwards. */
  public interface Conversation {
    void hold(Socket socket) throws IOException;
  }

  /** What the server answers to one datagram. */
  public interface Answer {
    List<byte[]> to(byte[] datagram, InetSocketAddress from);
  }

  /** Echoes until FIN. */
  public static final Conversation TCP_ECHO = socket -> echoThrough(socket, 65536, bytes -> {});

  /** Echoes whole datagrams. */
  public static final Answer UDP_ECHO = (datagram, from) -> List.of(datagram);

  /** Answers nothing. */
  public static final Answer UDP_SILENCE = (datagram, from) -> List.of();

  /** What is done to the bytes before they go back. */
  public interface Touch {
    void apply(byte[] bytes);
  }

  private final ServerSocket tcp;
  private final DatagramSocket udp;
  private final List<Socket> connections = new CopyOnWriteArrayList<>();
  private final List<InetSocketAddress> tcpPeers = new CopyOnWriteArrayList<>();
  private final List<InetSocketAddress> udpPeers = new CopyOnWriteArrayList<>();

  private PlainEcho(ServerSocket tcp, DatagramSocket udp) {
    this.tcp = tcp;
    this.udp = udp;
  }

  public static PlainEcho good() {
    return start(TCP_ECHO, UDP_ECHO);
  }

  public static PlainEcho tcp(Conversation conversation) {
    return start(conversation, UDP_ECHO);
  }

  public static PlainEcho udp(Answer answer) {
    return start(TCP_ECHO, answer);
  }

  public static PlainEcho start(Conversation conversation, Answer answer) {
    return start(InetAddress.getLoopbackAddress(), conversation, answer);
  }

  public static PlainEcho start(InetAddress address, Conversation conversation, Answer answer) {
    try {
      PlainEcho echo = bind(address);
      daemon(() -> echo.accept(conversation));
      daemon(() -> echo.receive(answer));
      return echo;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PlainEcho bind(InetAddress address) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ServerSocket tcp = new ServerSocket(0, 50, address);
      try {
        DatagramSocket udp = new DatagramSocket(new InetSocketAddress(address, tcp.getLocalPort()));
        udp.setReceiveBufferSize(8 << 20);
        return new PlainEcho(tcp, udp);
      } catch (BindException taken) {
        tcp.close();
      }
    }
    throw new IOException("no port free on both protocols");
  }

  public int port() {
    return tcp.getLocalPort();
  }

  public List<InetSocketAddress> tcpPeers() {
    return tcpPeers;
  }

  public List<InetSocketAddress> udpPeers() {
    return udpPeers;
  }

  /** An echo that reads at most so many bytes at once and may change them. */
  public static void echoThrough(Socket socket, int chunk, Touch touch) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[chunk];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      byte[] bytes = Arrays.copyOf(buffer, n);
      touch.apply(bytes);
      socket.getOutputStream().write(bytes);
    }
  }

  private void accept(Conversation conversation) throws IOException {
    while (true) {
      Socket socket = tcp.accept();
      connections.add(socket);
      tcpPeers.add((InetSocketAddress) socket.getRemoteSocketAddress());
      daemon(
          () -> {
            try (socket) {
              socket.setTcpNoDelay(true);
              conversation.hold(socket);
            }
          });
    }
  }

  private void receive(Answer answer) throws IOException {
    byte[] slot = new byte[65536];
    while (true) {
      DatagramPacket packet = new DatagramPacket(slot, slot.length);
      udp.receive(packet);
      InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
      udpPeers.add(from);
      byte[] datagram = Arrays.copyOf(slot, packet.getLength());
      for (byte[] reply : new ArrayList<>(answer.to(datagram, from))) {
        udp.send(new DatagramPacket(reply, reply.length, from));
      }
    }
  }

  private interface Loop {
    void run() throws IOException;
  }

  /** Ends with the socket it works on. */
  private static void daemon(Loop loop) {
    Thread thread =
        new Thread(
            () -> {
              try {
                loop.run();
              } catch (IOException closed) {
                Thread.currentThread().interrupt();
              }
            },
            "plain-echo");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    tcp.close();
    udp.close();
    for (Socket connection : connections) {
      connection.close();
    }
  }
}
