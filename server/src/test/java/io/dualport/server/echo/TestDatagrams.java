package io.dualport.server.echo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;

/**
 * A connected UDP client. Not a DatagramSocket: the JDK's sends no empty datagram once connected.
 */
final class TestDatagrams implements AutoCloseable {
  private final DatagramChannel channel;
  private final InetSocketAddress server;
  private int patienceMillis = 5_000;

  private TestDatagrams(InetSocketAddress local, InetSocketAddress server) throws IOException {
    boolean four = server.getAddress().getAddress().length == 4;
    this.server = server;
    this.channel =
        DatagramChannel.open(four ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
    channel.bind(local);
  }

  static TestDatagrams to(InetSocketAddress server) throws IOException {
    return new TestDatagrams(null, server);
  }

  static TestDatagrams from(String localAddress, InetSocketAddress server) throws IOException {
    return new TestDatagrams(new InetSocketAddress(localAddress, 0), server);
  }

  static TestDatagrams from(int localPort, InetSocketAddress server) throws IOException {
    return new TestDatagrams(new InetSocketAddress(server.getAddress(), localPort), server);
  }

  void patience(int millis) {
    patienceMillis = millis;
  }

  InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  void send(byte[] payload) throws IOException {
    channel.send(ByteBuffer.wrap(payload), server);
  }

  /**
   * @throws SocketTimeoutException if nothing comes
   */
  byte[] receive() throws IOException {
    channel.socket().setSoTimeout(patienceMillis);
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    do {
      packet.setLength(65536);
      channel.socket().receive(packet);
    } while (!packet.getSocketAddress().equals(server));
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
