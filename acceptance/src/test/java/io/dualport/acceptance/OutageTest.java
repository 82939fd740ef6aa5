package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualport.transport.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** An address, or the link, of the server's host that goes away and comes back. */
@Tag("kernel")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // who waits for an echo
class OutageTest {
  private static final String IPV4 = "10.77.0.2";
  private static final String IPV6 = "fd77::2";

  @BeforeAll
  static void requireTools() throws Exception {
    Tool.require(Tool.NC);
  }

  @EachTransport
  void shouldServeAnAddressThatWentAndCameBack(Transport transport) throws Exception {
    shouldServeAgain(
        transport,
        (lan, server) -> {
          lan.onServer("ip address del %s/16 dev dps".formatted(IPV4));
          lan.onServer("ip address del %s/64 dev dps".formatted(IPV6));
          // The others go on.
          assertThat(udp(lan, server, "10.77.0.1")).isEqualTo("udp");
          assertThat(udp(lan, server, "fd77::1")).isEqualTo("udp");
        },
        (lan, server) -> {
          lan.onServer("ip address add %s/16 brd + dev dps".formatted(IPV4));
          lan.onServer("ip address add %s/64 dev dps nodad".formatted(IPV6));
        });
  }

  /** With a link that is down its IPv6 addresses go; who manages the network adds them again. */
  @EachTransport
  void shouldServeALinkThatWentDownAndCameBack(Transport transport) throws Exception {
    shouldServeAgain(
        transport,
        (lan, server) -> lan.onServer("ip link set dps down"),
        (lan, server) -> {
          lan.onServer("ip link set dps up");
          for (String address : Lan.SERVER_IPV6) {
            lan.onServer("ip address add %s/64 dev dps nodad".formatted(address));
          }
        });
  }

  private interface Step {
    void take(Lan lan, ServerProcess server) throws Exception;
  }

  private static void shouldServeAgain(Transport transport, Step away, Step back) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      shouldServeAgain(lan, server, away, back);
    }
  }

  /** From the dialled address: nc connects its sockets, so it hears nobody else. */
  private static void shouldServeAgain(Lan lan, ServerProcess server, Step away, Step back)
      throws Exception {
    for (String address : List.of(IPV4, IPV6)) {
      assertThat(udp(lan, server, address)).isEqualTo("udp");
    }
    try (Held four = new Held(lan, server, IPV4);
        Held six = new Held(lan, server, IPV6)) {
      four.write("before");
      six.write("before");
      assertThat(four.read()).isEqualTo("before");
      assertThat(six.read()).isEqualTo("before");
      away.take(lan, server);
      four.write("meanwhile");
      six.write("meanwhile");
      for (String address : List.of(IPV4, IPV6)) {
        assertThat(udp(lan, server, address)).isEmpty();
      }
      back.take(lan, server);
      long begin = System.nanoTime();
      for (String address : List.of(IPV4, IPV6)) {
        await().atMost(Duration.ofSeconds(30)).until(() -> udp(lan, server, address).equals("udp"));
        assertThat(
                lan.onClient("printf tcp | nc.openbsd -N %s %d".formatted(address, server.port()))
                    .out())
            .isEqualTo("tcp");
      }
      System.out.printf(
          "%s: both protocols echo on both addresses %d ms after they are back%n",
          server.started().get("transport").asText(), (System.nanoTime() - begin) / 1_000_000);
      // TCP sends again what had nowhere to go.
      assertThat(four.read()).isEqualTo("meanwhile");
      assertThat(six.read()).isEqualTo("meanwhile");
    }
    assertThat(server.stop().at("/protocols/tcp/closedByPeer").asInt()).isEqualTo(4);
  }

  private static String udp(Lan lan, ServerProcess server, String address) throws Exception {
    return lan.onClient(
            "printf udp | nc.openbsd -u -W1 -w2 %s %d".formatted(address, server.port()))
        .out();
  }

  /** A connection that stays, and sends a line when it is told to. */
  private static final class Held implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    Held(Lan lan, ServerProcess server, String address) throws IOException {
      List<String> command = new ArrayList<>(lan.onClient());
      command.addAll(List.of("nc.openbsd", "-N", address, String.valueOf(server.port())));
      process = new ProcessBuilder(command).start();
      out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    void write(String line) throws IOException {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
      process.getOutputStream().flush();
    }

    String read() throws IOException {
      return out.readLine();
    }

    /** With our FIN, and the server's. */
    @Override
    public void close() throws Exception {
      process.getOutputStream().close();
      out.readLine();
      process.waitFor();
    }
  }
}
