package io.dualport.acceptance;

import static io.dualport.acceptance.Checking.assertVerdict;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code dual-client check} on a machine whose source ports are used up. */
@Tag("kernel")
class CheckPortsTest {
  @AutoClose private static Routed net;

  @BeforeAll
  static void connectHosts() throws Exception {
    net = new Routed();
  }

  @AfterEach
  void resetHosts() throws Exception {
    net.reset();
  }

  @Test
  void shouldAskFromAPortThatIsInUseTowardAnotherDestination() throws Exception {
    try (ServerProcess crowded = dualServer();
        ServerProcess other = dualServer()) {
      net.holdConnections(Host.CLIENT, "tcp", Routed.SERVER, crowded.port());

      for (Transport transport : Transport.available()) {
        Shell run =
            net.run(
                Host.CLIENT,
                Checking.command(Routed.SERVER + ":" + other.port())
                    + " --transport "
                    + transport.label());
        assertThat(run.exitCode()).as(run.out()).isZero();
        assertThat(run.out())
            .contains("No source port was free on both protocols, so each has one of its own.")
            .containsPattern(
                "(?m)^sent from +10\\.78\\.1\\.2:40[01]\\d\\d +10\\.78\\.1\\.2:40[01]\\d\\d$");
      }
      Map<String, JsonNode> same = check(Routed.SERVER + ":" + crowded.port(), 1);
      assertVerdict(same.get("udp"), "open", null);
      assertVerdict(same.get("tcp"), "not-sent", "EADDRNOTAVAIL");
      assertThat(same.get("tcp").get("evidence").asText())
          .isEqualTo("no source port is left toward " + Routed.SERVER + ":" + crowded.port());
      assertThat(same.get("tcp").get("advice").asText())
          .startsWith("more source ports: net.ipv4.ip_local_port_range is 40000 40199, 200 ports")
          .contains("TIME_WAIT");
    }
  }

  @Test
  void shouldAskOverTcpWhenUdpHasNoPortLeft() throws Exception {
    try (ServerProcess running = dualServer()) {
      net.holdConnections(Host.CLIENT, "udp", Routed.SERVER, running.port());

      Map<String, JsonNode> found = check(Routed.SERVER + ":" + running.port(), 1);

      assertVerdict(found.get("tcp"), "open", null);
      assertVerdict(found.get("udp"), "not-sent", "EADDRINUSE");
      assertThat(found.get("udp").get("evidence").asText())
          .isEqualTo("no source port is left for UDP");
      assertThat(found.get("udp").get("advice").asText())
          .startsWith("more source ports: net.ipv4.ip_local_port_range is 40000 40199, 200 ports")
          .doesNotContain("TIME_WAIT");
    }
  }

  @Test
  void shouldNotTakeItselfForAServer() throws Exception {
    try (ServerProcess crowded =
        ServerProcess.startBehind(net.at(Host.CLIENT), Transport.automatic())) {
      net.on(Host.CLIENT, "sysctl -q -w net.ipv4.ip_local_port_range='40000 40009'");
      // Bound ones: a port that connect chose can serve toward another destination, too.
      net.on(
          Host.CLIENT,
          "for p in 4000{0..8}; do socat -u TCP4:127.0.0.1:%d,bind=127.0.0.1:$p - >/dev/null 2>&1 & done"
              .formatted(crowded.port()));
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () ->
                  net.run(Host.CLIENT, "ss -Htn state established dport = :" + crowded.port())
                          .out()
                          .lines()
                          .count()
                      == 9);

      Map<String, JsonNode> found = check("127.0.0.1:40009", 1);

      assertVerdict(found.get("tcp"), "not-sent", null);
      assertThat(found.get("tcp").get("evidence").asText())
          .isEqualTo(
              "no source port is left toward 127.0.0.1:40009 but that very one, and a socket"
                  + " connected to itself echoes without a server");
      assertVerdict(found.get("udp"), "refused", "ECONNREFUSED");
    }
  }

  private ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private Map<String, JsonNode> check(String target, int exitCode, String... options)
      throws Exception {
    return Checking.from(net, target, exitCode, options);
  }
}
