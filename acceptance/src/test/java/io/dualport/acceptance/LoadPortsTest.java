package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.transport.Transport;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code dual-client load} and source ports: in pairs, taken, and none left. */
@Tag("kernel")
class LoadPortsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Connect takes even ports first, and others hold all of those on UDP. */
  @Test
  void shouldSayWhereAPairOfOneSourcePortCouldNotBe() throws Exception {
    Tool.require(Tool.SOCAT, Tool.SS);
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server = ServerProcess.startBehind(network.inside(), Transport.automatic())) {
      Shell load =
          network.run(
              "sysctl -q -w net.ipv4.ip_local_port_range='40000 40009'; for port in 40000 40002"
                  + " 40004 40006 40008; do socat -u UDP-RECV:$port OPEN:/dev/null & done; until ["
                  + " $(ss -Huna | wc -l) -ge 6 ]; do :; done; "
                  + command("127.0.0.1:" + server.port())
                  + " --connections 3 --duration 200ms --warmup 0 --format json; code=$?; "
                  + "kill $(jobs -p); exit $code");

      assertThat(load.exitCode()).as(load.out() + load.err()).isZero();
      JsonNode result = JSON.readTree(load.out());
      assertThat(result.at("/rows/0/sourcePortPairs").asLong()).isZero();
      assertThat(result.at("/notes/0").asText())
          .contains("(0 pairs with one source port; 3 times the port was taken on UDP)");
    }
  }

  /** Of 20 ports each serves once: what found none was never sent, and the server says the same. */
  @Test
  void shouldNotCountAsSentWhatNeverHadAConnection() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server = ServerProcess.startBehind(network.inside(), Transport.automatic())) {
      Shell load =
          network.run(
              "sysctl -q -w net.ipv4.ip_local_port_range='40000 40019' net.ipv4.tcp_tw_reuse=0; "
                  + command("127.0.0.1:" + server.port())
                  + " --protocol tcp --connect-per-message --duration 5s --warmup 0 --format json");

      JsonNode row = JSON.readTree(load.out()).at("/rows/0");
      assertThat(row.get("sent").asLong()).isEqualTo(20);
      assertThat(row.get("echoed").asLong()).isEqualTo(20);
      assertThat(row.get("lost").asLong()).isZero();
      assertThat(row.get("notOpened").asLong()).isPositive();
      assertThat(row.get("balanced").asText()).isEqualTo("yes");
      assertThat(load.exitCode()).isEqualTo(1);
      assertThat(server.stop().at("/protocols/tcp/connectionsAccepted").asLong()).isEqualTo(20);
    }
  }

  @Test
  void shouldNameThePortRangeWhenPortsRunOut() throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(lan.onServer(), Transport.automatic(), "--host", "any")) {
      Shell narrowed = lan.onClient("sysctl -w net.ipv4.ip_local_port_range='40000 40099'");
      assertThat(narrowed.exitCode()).as(narrowed.err()).isZero();
      for (String protocol : List.of("tcp", "udp")) {
        Shell load =
            lan.onClient(
                command("10.77.0.1:" + server.port())
                    + " --connections 200 --protocol "
                    + protocol
                    + " --duration 100ms --warmup 0");

        assertThat(load.exitCode()).as(load.out() + load.err()).isEqualTo(1);
        assertThat(load.err())
            .contains("net.ipv4.ip_local_port_range is 40000 40099, 100 ports")
            .containsPattern("(9\\d|100) of 200 sockets could be opened")
            .contains("--sources");
        assertThat(load.out()).isEmpty();
      }
      Shell spread =
          lan.onClient(
              "ip address add 10.77.9.10/16 dev dpc && ip address add 10.77.9.11/16 dev dpc && ip"
                  + " address add 10.77.9.12/16 dev dpc && "
                  + command("10.77.0.1:" + server.port())
                  + " --connections 200 --sources 10.77.9.10,10.77.9.11,10.77.9.12"
                  + " --duration 200ms --warmup 0");
      assertThat(spread.exitCode()).as(spread.out() + spread.err()).isZero();
    }
  }

  @Test
  void shouldSpreadOverLoopbackAddressesByItself() throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server = ServerProcess.startBehind(lan.onClient(), Transport.automatic())) {
      Shell load =
          lan.onClient(
              "sysctl -q -w net.ipv4.ip_local_port_range='40000 40099'; "
                  + command("127.0.0.1:" + server.port())
                  + " --connections 250 --duration 200ms --warmup 0 --format json");

      assertThat(load.exitCode()).as(load.out() + load.err()).isZero();
      assertThat(JSON.readTree(load.out()).at("/rows/1/connections").asInt()).isEqualTo(250);
    }
  }

  private static String command(String target) {
    return String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)) + " load " + target;
  }
}
