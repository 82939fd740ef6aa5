package io.dualport.server.echo;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port number that is free on both protocols, from below the range of which Linux gives ports to
 * whoever connects somewhere: so nobody takes it by chance before the test does.
 */
final class FreePort {
  private static final int LOWEST = 20_000;
  private static final int EPHEMERAL = 32_768;

  private FreePort() {}

  static int onBoth() throws IOException {
    InetAddress local = InetAddress.getByName("127.0.0.1");
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, EPHEMERAL);
      try (ServerSocket tcp = new ServerSocket();
          DatagramSocket udp = new DatagramSocket(port, local)) {
        tcp.bind(new InetSocketAddress(local, port));
        return udp.getLocalPort();
      } catch (IOException e) {
        // taken; another
      }
    }
  }
}
