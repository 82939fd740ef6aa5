package io.dualport.server.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import io.dualport.flow.Protocol;
import io.dualport.flow.TableSnapshot;
import io.dualport.transport.Transport;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** What the loops do before the first message leaves no trace in anything that is told. */
class JvmWarmUpTest {
  @Test
  void shouldNotBeCounted() throws Exception {
    DualServer server = TestServer.launch(Transport.automatic(), "threads", "1");
    try (server;
        DatagramSocket client = new DatagramSocket()) {
      server.rehearse();
      client.connect(new InetSocketAddress("127.0.0.1", server.port()));
      client.setSoTimeout(10_000);
      client.send(new DatagramPacket(new byte[8], 8));
      client.receive(new DatagramPacket(new byte[8], 8)); // one loop: the rehearsal is over
    }

    TableSnapshot after = server.snapshot();
    assertThat(after.imbalances()).isEmpty();
    assertThat(after.busiest(10)).hasSize(1);
    assertThat(after.protocol(Protocol.UDP).totals().get(Counter.MESSAGES_IN)).isEqualTo(1);
    assertThat(after.protocol(Protocol.UDP).totals().get(Counter.MESSAGES_OUT)).isEqualTo(1);
    assertThat(after.protocol(Protocol.TCP).totals().get(Counter.MESSAGES_IN)).isZero();
  }
}
