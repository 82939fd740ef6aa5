package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host with several addresses: the reply leaves from the one that was dialled. */
@Tag("kernel")
class ManyAddressesTest {
  @TempDir Path folder;

  private static final String SAY = "printf %s | nc.openbsd -u -W1 -w5 %s %d";

  @BeforeAll
  static void requireTools() throws Exception {
    Tool.require(Tool.NC, Tool.SOCAT);
  }

  @EachTransport
  void shouldAnswerFromEveryAddressAcrossTheWire(Transport transport) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      List<String> addresses = new ArrayList<>(Lan.SERVER_IPV4);
      addresses.addAll(Lan.SERVER_IPV6);
      for (String address : addresses) {
        // nc connects its socket, so it hears nobody but the address it dialled.
        assertThat(lan.onClient(SAY.formatted("hello", address, 8888)).out())
            .as("udp %s", address)
            .isEqualTo("hello");
        assertThat(lan.onClient("printf hello | nc.openbsd -N %s 8888".formatted(address)).out())
            .as("tcp %s", address)
            .isEqualTo("hello");
      }
      for (String address : List.of("127.0.0.1", "::1", Lan.SERVER_IPV4.get(2))) {
        assertThat(lan.onServer(SAY.formatted("hello", address, 8888)).out())
            .as("udp %s on the host itself", address)
            .isEqualTo("hello");
      }
      JsonNode flows = server.stop().get("flows");
      assertThat(flows.findValuesAsText("destination"))
          .contains("10.77.0.2:8888", "10.77.1.1:8888", "[fd77::2]:8888");
    }
  }

  /** Sizes that cross the wire in fragments, from every address. */
  @EachTransport
  void shouldReturnFragmentedDatagramsWhole(Transport transport) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      // A file, not a pipe, which might give it to socat in two pieces.
      Path file = Files.write(folder.resolve("largest"), new byte[65507]);
      for (String target : List.of("UDP4:10.77.0.2:8888", "UDP6:[fd77::2]:8888")) {
        String echo = "socat -b 65507 -t2 - %s < %s | sha256sum".formatted(target, file);
        assertThat(lan.onClient(echo).out())
            .as(target)
            .isEqualTo(Shell.run("sha256sum < " + file).out());
      }
      assertThat(server.stop().get("protocols").get("udp").get("messagesOut").asLong())
          .isEqualTo(2);
    }
  }

  @EachTransport
  void shouldServeAnAddressThatComesLater(Transport transport) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      lan.onServer("ip address add 10.77.5.5/16 brd + dev dps");
      lan.onServer("ip address add fd77::5/64 dev dps nodad");
      for (String address : List.of("10.77.5.5", "fd77::5")) {
        // Where the dialled address cannot be learned, the first datagram makes the server look.
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> lan.onClient(SAY.formatted("late", address, 8888)).out().equals("late"));
      }
      server.stop();
    }
  }

  /** As a container's link-local address is when its program starts. */
  @Test
  void shouldNotWarnOfAnAddressThatIsStillCheckedForDuplicatesAndServeItThen() throws Exception {
    try (Lan lan = new Lan()) {
      lan.onServer("sysctl -q -w net.ipv6.conf.dps.dad_transmits=3");
      lan.onServer("ip address add fd77::5/64 dev dps");
      try (ServerProcess server =
          ServerProcess.startBehind(
              lan.onServer(), Transport.EPOLL, "--host", "any", "--port", "8888")) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> lan.onClient(SAY.formatted("late", "fd77::5", 8888)).out().equals("late"));
        server.stop();
        assertThat(server.errors()).doesNotContain("WARN");
      }
    }
  }

  @EachTransport
  void shouldCountAReplyThatTheKernelRefusesAndGoOn(Transport transport) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      lan.onClient("ip address add 10.77.8.8/32 dev dpc");
      lan.onServer("ip route add prohibit 10.77.8.8/32");
      lan.onClient("printf lost | nc.openbsd -u -w1 -s 10.77.8.8 10.77.0.2 8888");
      assertThat(lan.onClient(SAY.formatted("hello", "10.77.0.2", 8888)).out()).isEqualTo("hello");
      JsonNode udp = server.stop().get("protocols").get("udp");
      assertThat(udp.get("droppedSendError").asLong()).isEqualTo(1);
      assertThat(udp.get("messagesIn").asLong()).isEqualTo(2);
      assertThat(udp.get("messagesOut").asLong()).isEqualTo(1);
    }
  }

  /** One datagram to a group would be answered by every echo that hears it. */
  @EachTransport
  void shouldNotAnswerADatagramSentToABroadcastAddress(Transport transport) throws Exception {
    try (Lan lan = new Lan();
        ServerProcess server =
            ServerProcess.startBehind(
                lan.onServer(), transport, "--host", "any", "--port", "8888")) {
      String shout = "printf all | socat -t1 - UDP4-DATAGRAM:10.77.255.255:8888,broadcast";
      assertThat(lan.onClient(shout).out()).isEmpty();
      JsonNode udp = server.stop().get("protocols").get("udp");
      assertThat(udp.get("messagesOut").asLong()).isZero();
      String reason =
          transport.learnsDialledAddress()
              ? "droppedGroupDestination"
              : "droppedNoSocketForDestination";
      assertThat(udp.get(reason).asLong()).isEqualTo(1);
    }
  }
}
