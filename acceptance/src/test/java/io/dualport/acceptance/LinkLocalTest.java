package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.transport.Transport;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Addresses that need the name of a link, with every command that takes one. */
@Tag("kernel")
class LinkLocalTest {
  private static final Map<String, String> COMMANDS =
      Map.of("send", "", "check", "", "load", " --duration 100ms --warmup 0");

  @Test
  void shouldReachALinkLocalAddressAndSayWhichLinksThereAre() throws Exception {
    try (PrivateNetwork network = network();
        ServerProcess server =
            ServerProcess.startBehind(network.inside(), Transport.automatic(), "--host", "any")) {
      for (String command : COMMANDS.keySet()) {
        String port = "]:" + server.port();
        Shell reached = client(network, command, "[fe80::1%lo" + port);
        assertThat(reached.exitCode()).as(reached.out() + reached.err()).isZero();
        assertTold(client(network, command, "[fe80::1" + port), "which link is meant is not said");
        assertTold(
            client(network, command, "[fe80::1%nosuch" + port),
            "there is no interface nosuch here");
        // By the name that was typed, and not by a number that nobody knows.
        assertThat(reached.out()).contains("([fe80::1%lo" + port + ")").doesNotContain("%1");
      }
      String here = "--sources fe80::1%lo [fe80::1%lo]:";
      assertThat(client(network, "load", here + server.port()).exitCode()).isZero();
      assertThat(client(network, "load", here.replace("1%lo [", "1 [") + server.port()).err())
          .contains("client.load.sources = fe80:0:0:0:0:0:0:1: is link-local", "%lo");
    }
  }

  @EachTransport
  void shouldListenOnALinkLocalAddressAndSayThatItsLinkAloneCanReachIt(Transport transport)
      throws Exception {
    try (PrivateNetwork network = network()) {
      Shell made =
          network.run(
              "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"
                  + " && ip -6 address add fe80::2/64 dev v0 nodad");
      assertThat(made.exitCode()).as(made.err()).isZero();
      String link = "everybody on the link of v0";
      assertReach(
          network, transport, "fe80::2%v0", link + ", nobody beyond it; to close it: --host 127.");
      assertReach(network, transport, "fe80::2%v0,127.0.0.1", link + ", nobody beyond it; ");
      assertReach(network, transport, "fe80::1%lo", "this machine only; ");
      assertReach(network, transport, "[fe80::1%lo]", "this machine only; ");
      assertRefused(
          network, transport, "fe80::2", "link is meant is not said, as in fe80::2%v0; the links");
      assertRefused(network, transport, "fe80::2%nosuch", "no interface nosuch here; the links");
      assertRefused(network, transport, "[fe80::2%v0b]", "no interface v0b here; the links here");
      assertRefused(network, transport, "fe80::2%99", "there is no interface 99 here; the links");
    }
  }

  /** The link is there, and has no such address: no name, so nothing for the resolver. */
  @Test
  void shouldSayThatALinkHasNoLinkLocalAddress() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      for (String command : COMMANDS.keySet()) {
        Shell told = client(network, command, "[fe80::dead:1%lo]:8888");
        assertThat(told.exitCode()).as(told.out() + told.err()).isEqualTo(1);
        assertThat(told.out() + told.err())
            .contains(
                "fe80::dead:1%lo: the interface lo carries no link-local address; no interface")
            .doesNotContain("resolver", "getent");
      }
      assertRefused(
          network,
          Transport.automatic(),
          "fe80::dead:1%lo",
          "the interface lo carries no link-local address");
    }
  }

  private static void assertReach(
      PrivateNetwork network, Transport transport, String host, String reach) throws Exception {
    try (ServerProcess server =
        ServerProcess.startBehind(network.inside(), transport, "--host", host)) {
      assertThat(server.started().get("reach").asText()).startsWith(reach);
      String own = "[" + host.replaceAll(",.*|[\\[\\]]", "") + "]:" + server.port();
      assertThat(client(network, "send", own).exitCode()).isZero();
    }
  }

  private static void assertRefused(
      PrivateNetwork network, Transport transport, String host, String why) throws Exception {
    Shell refused =
        ServerProcess.run(
            network.inside(), "--transport", transport.label(), "--port", "0", "--host", host);
    assertThat(refused.exitCode()).as(refused.out() + refused.err()).isEqualTo(2);
    assertThat(refused.err()).contains("server.host = " + host + " (from --host): ", why);
  }

  private static PrivateNetwork network() throws Exception {
    PrivateNetwork network = new PrivateNetwork();
    Shell added = network.run("ip -6 address add fe80::1/64 dev lo nodad");
    assertThat(added.exitCode()).as(added.err()).isZero();
    return network;
  }

  private static Shell client(PrivateNetwork network, String command, String words)
      throws Exception {
    return network.run(
        "%s %s %s%s --timeout 20s"
            .formatted(
                String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR)),
                command,
                words,
                COMMANDS.get(command)));
  }

  private static void assertTold(Shell told, String what) {
    assertThat(told.exitCode()).as(told.out() + told.err()).isEqualTo(1);
    assertThat(told.out() + told.err())
        .contains(what, "as in [fe80::1%lo]:", "the link here is lo")
        .doesNotContain("EINVAL", "resolver");
  }
}
