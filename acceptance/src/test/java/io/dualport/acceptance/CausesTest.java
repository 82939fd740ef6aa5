package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.acceptance.Routed.Host;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code send} and {@code load} name as the cause, each cause made by the real program. */
@Tag("kernel")
class CausesTest {
  private static final int PORT = 8888;
  private static final String STOPPED =
      "Look for: a rate limit of the server or on the way (xinetd's cps, a firewall's limit), so"
          + " ask again a minute later; a server that has ended meanwhile";

  @AutoClose private static Routed net;

  @TempDir Path folder;

  @BeforeAll
  static void connectHosts() throws Exception {
    net = new Routed();
  }

  @AfterEach
  void resetHosts() throws Exception {
    net.reset();
  }

  @Test
  void shouldSuspectARateLimitOverUdpFirst() throws Exception {
    xinetd();

    Shell send =
        client("send --count 200 --interval 2ms --timeout 1s", Routed.SERVER, 7, "--protocol udp");
    assertThat(send.exitCode()).isEqualTo(1);
    assertThat(send.out())
        .containsPattern("UDP (refused|lossy): ")
        .contains(STOPPED)
        .doesNotContain("nobody listens", "start the server");
    net.reset();
    xinetd();
    assertThat(load("--rate 100 --duration 2s --timeout 1s", Routed.SERVER, 7, "udp"))
        .contains("UDP lossy: it answered, and then no more. " + STOPPED + ".")
        .doesNotContain("is the server up?");
  }

  /** A connection for each message: the firewall lets fifty begin, and the rest has to wait. */
  @Test
  void shouldBlameTheRefusalsForWhatWasNotSent() throws Exception {
    try (ServerProcess server = dualServer()) {
      net.firewall(
          Host.ROUTER,
          "forward",
          "tcp dport %d tcp flags syn / syn,ack quota over 3000 bytes reject with tcp reset"
              .formatted(server.port()));
      String options = "--rate 200 --duration 1s --timeout 1s --connect-per-message";

      assertThat(load(options, Routed.SERVER, server.port(), "tcp"))
          .contains("ECONNREFUSED")
          .contains("TCP lossy: it answered, and then no more. " + STOPPED + ".")
          .contains("due and never sent: what was due waited for connections that failed")
          .contains("What was due by the end waited for connections that failed")
          .contains("(1 s of it after the end of --duration)")
          .doesNotContain("is the server up?", "could not keep up", "--threads");
    }
  }

  @Test
  void shouldSayThatNoEchoCameWhereSomethingElseDid() throws Exception {
    try (ServerProcess server = dualServer()) {
      haproxy("server echo 127.0.0.1:%d send-proxy-v2".formatted(server.port()));
      nginx(9003, "stream { server { listen 9003; listen 9003 udp; proxy_pass 127.0.0.1:1; } }");

      assertThat(load("--rate 50", Routed.SERVER, PORT, "tcp"))
          .contains("TCP: what came back begins with a PROXY protocol header of version 2")
          .doesNotContain("nothing came back", "before the measured time");
      assertThat(load("--rate 50 --timeout 1s", Routed.SERVER, 9003, "udp"))
          .contains("UDP: an empty datagram came back")
          .containsPattern("UDP: no echo came back from (the start|\\d+ ms) on, until the end: ")
          .doesNotContain("nothing ");
    }
  }

  @ParameterizedTest
  @CsvSource({"128", "20"})
  void shouldNameTheHeaderOfTheProxyProtocolOverUdp(int size) throws Exception {
    try (ServerProcess server = dualServer()) {
      nginx(
          PORT,
          "stream { server { listen %d; listen %d udp; proxy_protocol on; proxy_pass 127.0.0.1:%d; } }"
              .formatted(PORT, PORT, server.port()));
      String header =
          "what came back begins with a PROXY protocol header of version 1, \\\\?\"PROXY TCP4 "
              + Routed.CLIENT;
      for (String format : List.of("text", "json")) {
        String options = "--protocol udp --timeout 500ms --size " + size + " --format " + format;
        assertThat(client("send", Routed.SERVER, PORT, options).out())
            .containsPattern(header)
            .contains("the load balancer's PROXY protocol")
            .doesNotContain("rewrites payload");
        assertThat(load("--size " + size + " --format " + format, Routed.SERVER, PORT, "udp"))
            .containsPattern(header);
      }
    }
  }

  /** The same words as check's, which sees the same. */
  @Test
  void shouldTellARelayByWhatItRewrote() throws Exception {
    try (ServerProcess server = dualServer()) {
      net.serve(
          Host.SERVER,
          "udp",
          PORT,
          "socat UDP4-LISTEN:" + PORT + ",fork UDP4:127.0.0.1:" + server.port());

      for (String command : List.of("send", "check --size 1200")) {
        assertThat(client(command, Routed.SERVER, PORT, "--protocol udp").out())
            .as(command)
            .containsPattern(
                "on the way +rewritten: source 10.78.1.2:\\d+ became 127.0.0.1:\\d+, destination"
                    + " 10.78.2.2:8888 became 127.0.0.1:"
                    + server.port())
            .doesNotContain("NAT");
      }
    }
  }

  @Test
  void shouldSendToCheckWhereARepliesSourceCanBeWrong() throws Exception {
    net.serve(Host.SERVER, "udp", PORT, "socat UDP4-RECVFROM:" + PORT + ",fork PIPE");
    String elsewhere =
        "a server that answers from another address than was dialled, which a connected socket does"
            + " not hear: dual-client check %s:%d does".formatted(Routed.SERVER_SECOND, PORT);

    assertThat(client("send --timeout 500ms", Routed.SERVER_SECOND, PORT, "--protocol udp").out())
        .contains("UDP silent: ", elsewhere);
    assertThat(load("--timeout 500ms", Routed.SERVER_SECOND, PORT, "udp"))
        .contains("UDP silent: nothing ever came back. Look for: ", elsewhere);
  }

  @ParameterizedTest
  @CsvSource({
    Routed.SERVER + ",ICMP \"fragmentation needed\"",
    "[fd78:2::2],ICMPv6 \"Packet Too Big\""
  })
  void shouldNameAPathMtuBlackHole(String address, String icmp) throws Exception {
    try (ServerProcess server = dualServer()) {
      net.on(Host.ROUTER, "ip route change 10.78.2.0/24 dev tos mtu lock 1300");
      net.on(
          Host.ROUTER,
          "ip -6 route replace fd78:2::/64 dev tos mtu lock 1300 proto kernel metric 256");
      net.firewall(Host.ROUTER, "output", "icmp type destination-unreachable drop");
      net.firewall(Host.ROUTER, "output", "icmpv6 type packet-too-big drop");
      String hole = "a smaller MTU on the way whose " + icmp + " a firewall drops";

      Shell send = client("send --timeout 1s --size 1400", address, server.port(), "");
      assertThat(send.out())
          .containsPattern("TCP silent: connected, but nothing .*Look for: \\Q" + hole)
          .containsPattern("UDP silent: nothing .*\\Q" + hole);
      String load = "--timeout 1s --size 1400 --duration 500ms";
      assertThat(load(load, address, server.port(), "both"))
          .contains("TCP silent: connected, but nothing ever came back. Look for: " + hole)
          .containsPattern("UDP silent: nothing ever came back. Look for: .*\\Q" + hole);
    }
  }

  @ParameterizedTest
  @CsvSource({Routed.SERVER + ",an ICMP", "[fd78:2::2],an ICMPv6"})
  void shouldNameTheIcmpOfTheFamily(String address, String icmp) throws Exception {
    assertThat(client("send", address, PORT, "--protocol udp").out())
        .contains("after 0 echoes " + icmp + " port unreachable came, nobody listens on UDP");
  }

  private void xinetd() throws Exception {
    Tool.require(Tool.XINETD);
    Path conf = folder.resolve("xinetd.conf");
    Files.writeString(
        conf,
        "service echo\n{\ntype = INTERNAL\nsocket_type = dgram\nprotocol = udp\n"
            + "user = root\nwait = yes\n}\n");
    net.serve(Host.SERVER, "udp", 7, Tool.XINETD.path() + " -dontfork -f " + conf);
  }

  private void haproxy(String server) throws Exception {
    Tool.require(Tool.HAPROXY);
    Path conf = folder.resolve("haproxy.cfg");
    Files.writeString(
        conf,
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n"
            + "listen relay\n bind :%d\n %s\n".formatted(PORT, server));
    net.serve(Host.SERVER, "tcp", PORT, Tool.HAPROXY.path() + " -db -f " + conf);
  }

  private void nginx(int port, String what) throws Exception {
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
    net.serve(Host.SERVER, "tcp", port, Tool.NGINX.path() + " -c " + conf);
  }

  private static ServerProcess dualServer() throws Exception {
    return ServerProcess.startBehind(net.at(Host.SERVER), Transport.automatic(), "--host", "any");
  }

  private static String load(String options, String address, int port, String protocol)
      throws Exception {
    String duration = options.contains("--duration") ? "" : " --duration 1s";
    Shell run =
        client(
            "load --warmup 0 --progress quiet" + duration,
            address,
            port,
            options + " --protocol " + protocol);
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(1);
    return run.out();
  }

  private static Shell client(String command, String address, int port, String options)
      throws Exception {
    return net.run(
        Host.CLIENT,
        "%s %s %s:%d %s"
            .formatted(
                String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)),
                command,
                address,
                port,
                options));
  }
}
