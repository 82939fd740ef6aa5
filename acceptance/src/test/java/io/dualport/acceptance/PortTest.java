package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.kernel.SocketTable;
import io.dualport.transport.Transport;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;

/** The port as other programs and other users meet it. */
@Tag("kernel")
class PortTest {
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @EachTransport
  void shouldRefuseEveryOtherProgramAndUserWhateverItAsksFor(Transport transport) throws Exception {
    Tool.require(Tool.SOCAT, Tool.NC, Tool.SETPRIV);
    Tool.requireRoot();
    try (ServerProcess server = ServerProcess.start(transport, "--host", "any")) {
      int port = server.port();
      Shell.run("printf x | nc.openbsd -u -w1 127.0.0.2 " + port); // may open a socket beside
      for (String user : List.of("", String.join(" ", AS_NOBODY) + " ")) {
        for (String option : List.of("", ",reuseaddr", ",reuseport", ",reuseaddr,reuseport")) {
          for (String address : List.of("127.0.0.1", "127.0.0.2", "127.0.0.3", "0.0.0.0")) {
            for (String protocol : List.of("UDP4-RECV", "TCP4-LISTEN")) {
              String line =
                  "%ssocat -u %s:%d,bind=%s%s OPEN:/dev/null"
                      .formatted(user, protocol, port, address, option);
              Shell intruder = Shell.run("timeout 20 " + line);
              assertThat(intruder.err()).as(line).contains("Address already in use");
            }
          }
        }
      }
      Shell second = ServerProcess.run(List.of(), "--port", String.valueOf(port), "--host", "any");
      assertThat(second.exitCode()).isEqualTo(3);
      assertThat(second.err())
          .contains("cannot bind tcp", "EADDRINUSE", "(pid " + server.pid() + ")");
      server.stop();
    }
  }

  @EachTransport
  void shouldExplainAPrivilegedPort(Transport transport) throws Exception {
    Tool.require(Tool.SETPRIV, Tool.UNSHARE);
    Tool.requireRoot();
    Shell refused =
        Shell.run(
            "unshare -n bash -c 'ip link set lo up; exec %s %s -jar %s --port 80 --transport %s'"
                .formatted(
                    String.join(" ", AS_NOBODY),
                    ServerProcess.java(),
                    ServerProcess.SERVER_JAR,
                    transport.label()));
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(refused.err())
        .contains("cannot bind tcp 127.0.0.1:80: Permission denied (EACCES)")
        .contains("ports below 1024", "--port 1024", "CAP_NET_BIND_SERVICE")
        .doesNotContain("\tat ");
  }

  @EachTransport
  void shouldNameTheHolderOfABusyUdpPortAndReleaseTcp(Transport transport) throws Exception {
    Tool.require(Tool.SOCAT);
    int port = ThreadLocalRandom.current().nextInt(20_000, 30_000); // below the ephemeral ones
    Process holder =
        new ProcessBuilder("socat", "-u", "UDP4-RECV:" + port + ",bind=127.0.0.1", "OPEN:/dev/null")
            .start();
    try {
      await().until(() -> !SocketTable.read().onLocalPort(port).isEmpty());
      Shell refused =
          ServerProcess.run(
              List.of(), "--port", String.valueOf(port), "--transport", transport.label());
      assertThat(refused.exitCode()).isEqualTo(3);
      assertThat(refused.err())
          .contains("cannot bind udp 127.0.0.1:" + port)
          .contains("Address already in use (EADDRINUSE)")
          .contains("held by socat (pid " + holder.pid() + ")");
      assertThat(refused.err().lines()).hasSize(1);
    } finally {
      holder.toHandle().destroy();
    }
  }

  /** Three numbers to pick from, two of them taken for UDP. */
  @EachTransport
  void shouldTryAgainWhenPortZeroFindsUdpTaken(Transport transport) throws Exception {
    Tool.require(Tool.SOCAT, Tool.UNSHARE, Tool.IP);
    Tool.requireRoot();
    String script =
        """
        ip link set lo up
        echo 40000 40002 > /proc/sys/net/ipv4/ip_local_port_range
        socat -u UDP4-RECV:40000 OPEN:/dev/null & a=$!
        socat -u UDP4-RECV:40002 OPEN:/dev/null & b=$!
        until [ $(ss -uan | grep -c 4000[02]) = 2 ]; do sleep 0.05; done
        coproc %s -jar %s --port 0 --view json --transport %s
        read -r started <&"${COPROC[0]}"
        echo "$started"
        kill $COPROC_PID $a $b
        wait $COPROC_PID
        """
            .formatted(ServerProcess.java(), ServerProcess.SERVER_JAR, transport.label());
    Shell ran = Shell.run(List.of("unshare", "-n", "bash", "-c", script));
    assertThat(ran.out()).as(ran.err()).contains("\"port\":40001");
  }

  @EachTransport
  void shouldOutliveAFullDescriptorTable(Transport transport) throws Exception {
    Tool.require(Tool.PRLIMIT, Tool.NC);
    try (ServerProcess server =
        ServerProcess.startBehind(List.of("prlimit", "--nofile=120"), transport)) {
      List<java.net.Socket> many = new java.util.ArrayList<>();
      try {
        for (int i = 0; i < 200; i++) {
          many.add(new java.net.Socket("127.0.0.1", server.port())); // the backlog takes the rest
        }
        await().until(() -> server.errors().contains("cannot accept"));
        assertThat(Shell.succeed("printf udp | nc.openbsd -u -W1 -w5 127.0.0.1 " + server.port()))
            .isEqualTo("udp");
      } finally {
        for (java.net.Socket one : many) {
          one.close();
        }
      }
      assertThat(Shell.succeed("printf tcp | nc.openbsd -N 127.0.0.1 " + server.port()))
          .isEqualTo("tcp");
      assertThat(server.errors().lines()).as("one line, however long it lasts").hasSize(1);
      // Once a second while the table was full, not in a busy loop.
      assertThat(server.stop().at("/protocols/tcp/acceptFailures").asLong()).isBetween(1L, 100L);
    }
  }
}
