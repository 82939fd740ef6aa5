package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;

/** The point of it all: one source port on both protocols makes two flows that never meet. */
class TwoFlowsTest {
  private static final int ROUNDS = 200;

  @EachTransport
  void shouldKeepInterleavedTrafficOfOneSourcePortApart(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport);
        Socket tcp = new Socket();
        DatagramSocket udp = new DatagramSocket(null)) {
      tcp.setReuseAddress(true);
      tcp.bind(new InetSocketAddress("127.0.0.1", 0));
      udp.bind(tcp.getLocalSocketAddress());
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
      tcp.connect(address);
      udp.connect(address);
      tcp.setSoTimeout(10_000);
      udp.setSoTimeout(10_000);
      long bytes = 0;
      for (int round = 0; round < ROUNDS; round++) {
        byte[] overTcp = new byte[1 + round];
        Arrays.fill(overTcp, (byte) 'T');
        byte[] overUdp = new byte[1 + round];
        Arrays.fill(overUdp, (byte) 'U');
        tcp.getOutputStream().write(overTcp);
        udp.send(new DatagramPacket(overUdp, overUdp.length));
        DatagramPacket echo = new DatagramPacket(new byte[65536], 65536);
        udp.receive(echo);
        assertThat(Arrays.copyOf(echo.getData(), echo.getLength())).isEqualTo(overUdp);
        assertThat(tcp.getInputStream().readNBytes(overTcp.length)).isEqualTo(overTcp);
        bytes += overTcp.length;
      }
      tcp.shutdownOutput();
      assertThat(tcp.getInputStream().read()).isEqualTo(-1);

      String source = "127.0.0.1:" + tcp.getLocalPort();
      JsonNode flows = server.stop().get("flows");
      assertThat(flows).hasSize(2);
      for (JsonNode flow : flows) {
        assertThat(flow.get("source").asText()).isEqualTo(source);
        assertThat(flow.get("destination").asText()).isEqualTo("127.0.0.1:" + server.port());
        assertThat(flow.get("bytesIn").asLong()).isEqualTo(bytes);
        assertThat(flow.get("bytesOut").asLong()).isEqualTo(bytes);
      }
      assertThat(flows.findValuesAsText("protocol")).containsExactlyInAnyOrder("tcp", "udp");
      for (JsonNode flow : flows) {
        if (flow.get("protocol").asText().equals("udp")) {
          assertThat(flow.get("messagesIn").asLong()).isEqualTo(ROUNDS);
          assertThat(flow.get("messagesOut").asLong()).isEqualTo(ROUNDS);
        }
      }
    }
  }
}
