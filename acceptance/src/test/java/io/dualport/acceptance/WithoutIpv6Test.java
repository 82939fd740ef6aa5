package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A machine whose IPv6 is switched off: what the server opens, and what it says of the rest. */
@Tag("kernel")
class WithoutIpv6Test {
  @EachTransport
  void shouldSayThatThereIsNoIpv6(Transport transport) throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      Shell.succeed(
          String.join(" ", network.inside()) + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
      try (ServerProcess any =
          ServerProcess.startBehind(network.inside(), transport, "--host", "any")) {
        assertThat(any.started().get("reach").asText()).contains("on every address (IPv4)");
      }
      assertRefused(network, transport, "::1");
      if (transport == Transport.EPOLL) {
        // A dual-stack socket can be had all the same, and hears IPv4 alone.
        try (ServerProcess both =
            ServerProcess.startBehind(network.inside(), transport, "--host", "::")) {
          assertThat(both.started().get("reach").asText())
              .contains("on every address (IPv4; no interface carries an IPv6 address yet)");
        }
      } else {
        assertRefused(network, transport, "::");
      }
    }
  }

  /** One sentence in all three commands: no port ran out, and no manual page has to be read. */
  @EachTransport
  void shouldSayTheSameFromEveryCommandOfTheClient(Transport transport) throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      assertSaid(
          network,
          transport,
          "192.0.2.1:8888",
          "Network is unreachable (ENETUNREACH): no route to 192.0.2.1");
      assertSaid(
          network,
          transport,
          "[fd77::1]:8888",
          "Network is unreachable (ENETUNREACH): no route to fd77::1");
      assertSaid(
          network,
          transport,
          "[::1]:8888",
          "there is no IPv6 here to reach ::1 with (java.net.preferIPv4Stack is true, so Java"
              + " leaves it out)",
          "-Djava.net.preferIPv4Stack=true");
      Shell.succeed(
          String.join(" ", network.inside()) + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
      assertSaid(
          network,
          transport,
          "[::1]:8888",
          "there is no IPv6 here to reach ::1 with (no interface carries an address of it, see"
              + " sysctl net.ipv6.conf.all.disable_ipv6)");
    }
  }

  private static void assertSaid(
      PrivateNetwork network,
      Transport transport,
      String target,
      String sentence,
      String... javaOptions)
      throws Exception {
    for (String command : List.of("send", "check", "load")) {
      for (String protocol : List.of("tcp", "udp")) {
        List<String> line = new ArrayList<>(ServerProcess.java(ServerProcess.CLIENT_JAR));
        line.addAll(1, List.of(javaOptions));
        line.addAll(List.of(command, target, "--protocol", protocol));
        line.addAll(List.of("--transport", transport.label()));

        Shell run = network.run(String.join(" ", line));

        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(1);
        assertThat(run.out() + run.err())
            .as("%s over %s", command, protocol)
            .contains(": " + sentence + ".")
            .doesNotContain("EAFNOSUPPORT", "EHOSTUNREACH", "ports", "Exception");
      }
    }
  }

  @Test
  void shouldNameThePropertyThatLeavesIpv6Out() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      List<String> line = new ArrayList<>(ServerProcess.java(ServerProcess.SERVER_JAR));
      line.add(1, "-Djava.net.preferIPv4Stack=true");
      line.addAll(List.of("--port", "0", "--admin", "off", "--view", "log", "--host", "::"));

      Shell refused = network.run(String.join(" ", line) + " --transport nio");
      assertThat(refused.exitCode()).as(refused.out() + refused.err()).isEqualTo(3);
      assertThat(refused.err())
          .contains(
              "there is no IPv6 here (java.net.preferIPv4Stack is true, so Java leaves it out)");
      if (Transport.available().contains(Transport.EPOLL)) {
        Shell started =
            network.run(String.join(" ", line) + " --transport epoll | sed '/^reach /q'");
        assertThat(started.out())
            .contains("(IPv4, and IPv6 for TCP alone, since java.net.preferIPv4Stack is true)");
      }
    }
  }

  private static void assertRefused(PrivateNetwork network, Transport transport, String host)
      throws Exception {
    Shell refused =
        ServerProcess.run(
            network.inside(), "--transport", transport.label(), "--port", "0", "--host", host);
    assertThat(refused.exitCode()).as(refused.out() + refused.err()).isEqualTo(3);
    assertThat(refused.err())
        .containsPattern(
            "cannot bind tcp \\[" + host + "]:\\d+: .*\\((EAFNOSUPPORT|EADDRNOTAVAIL)\\); there is")
        .contains("there is no IPv6 here", "net.ipv6.conf.all.disable_ipv6");
  }
}
