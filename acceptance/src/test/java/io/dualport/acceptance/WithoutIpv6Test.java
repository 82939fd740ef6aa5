package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import org.junit.jupiter.api.Tag;

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
