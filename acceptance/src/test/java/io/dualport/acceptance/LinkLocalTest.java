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
      }
      String here = "--sources fe80::1%lo [fe80::1%lo]:";
      assertThat(client(network, "load", here + server.port()).exitCode()).isZero();
      assertThat(client(network, "load", here.replace("1%lo [", "1 [") + server.port()).err())
          .contains("client.load.sources = fe80:0:0:0:0:0:0:1: is link-local", "%lo");
    }
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
        "%s %s %s%s"
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
