package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** One echo on each protocol, from one source port: the two five-tuples differ in nothing else. */
public final class TwinEcho {
  public static final String TCP_TEXT = "over tcp, longer";
  public static final String UDP_TEXT = "over udp";

  private TwinEcho() {}

  /**
   * @return the source port
   */
  public static int send(InetSocketAddress server) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try (Socket tcp = new Socket()) {
        tcp.bind(new InetSocketAddress(server.getAddress(), 0));
        echo(tcp, server);
        return tcp.getLocalPort();
      } catch (BindException taken) {
        if (attempt == 10) {
          throw taken; // ten ports in a row that somebody has on UDP
        }
      }
    }
  }

  /** TCP's port is the first to be chosen: one that is free on UDP may be in TIME_WAIT. */
  private static void echo(Socket tcp, InetSocketAddress server) throws IOException {
    try (TestDatagrams udp = TestDatagrams.from(tcp.getLocalPort(), server)) {
      tcp.connect(server);
      tcp.getOutputStream().write(TCP_TEXT.getBytes());
      assertThat(tcp.getInputStream().readNBytes(TCP_TEXT.length())).isEqualTo(TCP_TEXT.getBytes());
      udp.send(UDP_TEXT.getBytes());
      assertThat(udp.receive()).isEqualTo(UDP_TEXT.getBytes());
      tcp.shutdownOutput();
      assertThat(tcp.getInputStream().read()).isEqualTo(-1);
    }
  }
}
