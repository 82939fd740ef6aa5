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
      try (TestDatagrams udp = TestDatagrams.from("127.0.0.1", server);
          Socket tcp = new Socket()) {
        tcp.bind(udp.localAddress());
        tcp.connect(server);
        echo(tcp, udp);
        return tcp.getLocalPort();
      } catch (BindException taken) {
        if (attempt == 10) {
          throw taken; // ten ports in a row that somebody has on TCP
        }
      }
    }
  }

  private static void echo(Socket tcp, TestDatagrams udp) throws IOException {
    tcp.getOutputStream().write(TCP_TEXT.getBytes());
    assertThat(tcp.getInputStream().readNBytes(TCP_TEXT.length())).isEqualTo(TCP_TEXT.getBytes());
    udp.send(UDP_TEXT.getBytes());
    assertThat(udp.receive()).isEqualTo(UDP_TEXT.getBytes());
    tcp.shutdownOutput();
    assertThat(tcp.getInputStream().read()).isEqualTo(-1);
  }
}
