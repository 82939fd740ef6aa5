package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code send} and {@code load} against servers and load balancers that nobody here wrote. */
@Tag("kernel")
class SendTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PORT = 8888;

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
  void shouldTellTwoServersBehindOnePort() throws Exception {
    try (ServerProcess overTcp = dualServer();
        ServerProcess overUdp = dualServer()) {
      String from = "-LISTEN:" + PORT + ",fork,reuseaddr";
      net.serve(
          Host.SERVER, "tcp", PORT, "socat TCP4" + from + " TCP4:127.0.0.1:" + overTcp.port());
      net.serve(
          Host.SERVER, "udp", PORT, "socat UDP4" + from + " UDP4:127.0.0.1:" + overUdp.port());

      Shell told = send(PORT);
      assertThat(told.exitCode()).as(told.out()).isZero();
      assertThat(told.out())
          .contains("TCP and UDP reach different servers: TCP instance ")
          .doesNotContain("the kernel kept them apart");
      assertThat(send(PORT, "--same-server").exitCode()).isEqualTo(1);
      assertThat(load(PORT).out()).contains("TCP and UDP reach different servers: TCP instance ");
      assertThat(load(PORT).exitCode()).isZero();
      assertThat(load(PORT, "--same-server").exitCode()).isEqualTo(1);
      assertThat(load(overTcp.port(), "--same-server").exitCode()).isZero();
      assertThat(send(overTcp.port(), "--same-server").exitCode()).isZero();
    }
  }

  @Test
  void shouldRecogniseTheHeaderOfTheProxyProtocol(@TempDir Path folder) throws Exception {
    try (ServerProcess server = dualServer()) {
      String relay = "listen %d; proxy_pass 127.0.0.1:%d; proxy_protocol on;";
      nginx(folder, "stream { server { " + relay.formatted(PORT, server.port()) + " } }");

      assertThat(send(PORT, "--protocol", "tcp").out())
          .contains(
              "TCP corrupted: what came back begins with a PROXY protocol header of version 1,"
                  + " \"PROXY TCP4 ",
              "the load balancer's PROXY protocol");
      assertThat(load(PORT, "--protocol", "tcp").out())
          .contains(
              "TCP: what came back begins with a PROXY protocol header of version 1, \"PROXY");
    }
  }

  @Test
  void shouldSayThatAnHttpServerListensThere(@TempDir Path folder) throws Exception {
    nginx(folder, "http { access_log off; server { listen %d; } }".formatted(PORT));

    Shell told = send(PORT, "--protocol", "tcp");
    assertThat(told.exitCode()).isEqualTo(1);
    assertThat(told.out())
        .containsPattern(
            "TCP corrupted: bytes like nothing that was sent came back: \"(HTTP/1.1 400|<html>)")
        .contains("another service that listens there")
        .doesNotContain("firewall");
    assertThat(load(PORT, "--protocol", "tcp").out())
        .containsPattern("TCP: bytes like nothing that was sent came back: \"(HTTP/1.1|<html>)");
  }

  /** A native transport hears one word for two errno, and names none of them. */
  @EachTransport
  void shouldNotNameAnErrnoThatTheTransportDoesNotTell(Transport transport) throws Exception {
    net.firewall(
        Host.ROUTER, "forward", "tcp dport " + PORT + " reject with icmp type net-unreachable");

    for (Shell told :
        List.of(
            send(PORT, "--protocol", "tcp", "--transport", transport.label()),
            load(PORT, "--protocol", "tcp", "--transport", transport.label()))) {
      assertThat(told.exitCode()).isEqualTo(1);
      assertThat(told.out() + told.err())
          .containsPattern(
              "Network is unreachable \\(ENETUNREACH\\)|the host or its network was reported as"
                  + " unreachable")
          .doesNotContain("(EHOSTUNREACH)");
    }
  }

  @Test
  void shouldSendFromAPortThatIsInUseTowardAnotherDestination() throws Exception {
    try (ServerProcess crowded = dualServer();
        ServerProcess other = dualServer()) {
      net.holdConnections(Host.CLIENT, "tcp", Routed.SERVER, crowded.port());

      for (Transport transport : Transport.available()) {
        Shell told = send(other.port(), "--transport", transport.label());
        assertThat(told.exitCode()).as(told.out()).isZero();
        // UDP is free to have the port that TCP was given.
        assertThat(told.out())
            .containsPattern(
                "Same source port 40[01]\\d\\d, same destination: the two five-tuples");
      }
      Shell none = send(crowded.port());
      assertThat(none.exitCode()).isEqualTo(1);
      assertThat(none.out())
          .contains("no source port is left toward " + Routed.SERVER + ":" + crowded.port())
          .contains("net.ipv4.ip_local_port_range is 40000 40199, 200 ports")
          .contains("UDP open: 5 of 5 messages");
    }
  }

  @Test
  void shouldPrintRepliesAsTheyComeAndTheResultSoFarOnSigint() throws Exception {
    try (ServerProcess server = dualServer()) {
      for (List<String> format : List.of(List.<String>of(), List.of("--format", "json"))) {
        List<String> command = new ArrayList<>(net.at(Host.CLIENT));
        command.addAll(List.of("env", "--default-signal=INT"));
        command.addAll(ServerProcess.java(ServerProcess.CLIENT_JAR));
        command.addAll(List.of("send", Routed.SERVER + ":" + server.port(), "--count", "100000"));
        command.addAll(format);
        Process send = new ProcessBuilder(command).start();
        try (BufferedReader out = send.inputReader()) {
          StringBuilder said = new StringBuilder();
          if (format.isEmpty()) {
            while (!said.toString().contains("\nUDP 3: back in ")) {
              said.append(out.readLine()).append('\n');
            }
          } else {
            String received = "ss -Htin state established sport = :" + server.port();
            Awaitility.await(received)
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> net.run(Host.SERVER, received).out().contains("bytes_received:"));
          }
          Shell.succeed("kill -INT " + send.pid());
          out.lines().forEach(line -> said.append(line).append('\n'));
          assertThat(send.waitFor(60, TimeUnit.SECONDS)).isTrue();
          assertThat(send.exitValue()).as(said.toString()).isZero();
          if (format.isEmpty()) {
            assertThat(said).contains("\nTCP 0: back in ", "\nverdict ", "\nInterrupted: this is");
          } else {
            JsonNode rows = JSON.readTree(said.toString()).get("rows");
            assertThat(rows).hasSize(2);
            assertThat(rows.get(1).get("interrupted").asText()).isEqualTo("yes");
          }
        } finally {
          send.destroyForcibly();
        }
      }
    }
  }

  private static void nginx(Path folder, String what) throws Exception {
    Tool.require(Tool.NGINX);
    Path conf = folder.resolve("nginx.conf");
    Files.writeString(
        conf,
        """
        load_module /usr/lib/nginx/modules/ngx_stream_module.so;
        daemon off; master_process off; pid %s/pid; error_log stderr; events {}
        %s
        """
            .formatted(folder, what));
    net.serve(Host.SERVER, "tcp", PORT, Tool.NGINX.path() + " -c " + conf);
  }

  private static ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private static Shell send(int port, String... options) throws Exception {
    return client("send", port, options);
  }

  private static Shell load(int port, String... options) throws Exception {
    return client("load --duration 300ms --warmup 0", port, options);
  }

  private static Shell client(String command, int port, String... options) throws Exception {
    return net.run(
        Host.CLIENT,
        "%s %s %s:%d %s"
            .formatted(
                String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)),
                command,
                Routed.SERVER,
                port,
                String.join(" ", options)));
  }
}
