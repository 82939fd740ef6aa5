package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.kernel.NetCounters;
import io.dualport.transport.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What client, server and kernel count of the same traffic, in a network of its own, adds up. */
class CountsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int COUNT = 60;
  private static final Pattern REHEARSAL =
      Pattern.compile("sent (\\d+) datagrams? to itself and took (\\d+)");

  @EachTransport
  void shouldCountAsManyMessagesAsTheClientSentOnBothProtocols(Transport transport)
      throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server =
            ServerProcess.startBehind(network.inside(), transport, "--host", "any")) {
      JsonNode four = send(network, "127.0.0.1:" + server.port());
      JsonNode six = send(network, "[::1]:" + server.port());
      JsonNode stopped = server.stop();

      for (JsonNode flow : stopped.get("flows")) {
        assertThat(flow.get("messagesIn").asInt()).as("%s", flow).isEqualTo(COUNT);
        assertThat(flow.get("messagesOut").asInt()).isEqualTo(COUNT);
        boolean isTcp = flow.get("protocol").asText().equals("tcp");
        assertThat(flow.get("framing").asText(null)).isEqualTo(isTcp ? "probe" : null);
        assertThat(flow.get("reads").isNull()).isEqualTo(!isTcp);
      }
      for (String protocol : new String[] {"tcp", "udp"}) {
        JsonNode totals = stopped.at("/protocols/" + protocol);
        assertThat(totals.get("messagesIn").asInt()).isEqualTo(2 * COUNT);
        assertThat(totals.get("messagesOut").asInt()).isEqualTo(2 * COUNT);
      }
      long replies = 2 * COUNT;
      assertShare(
          stopped,
          "datagramsIn",
          2 * COUNT - stopped.at("/protocols/udp/receivesShared").asLong(),
          replies + rehearsal(four, 2) + rehearsal(six, 2));
      assertShare(
          stopped,
          "datagramsOut",
          2 * COUNT - stopped.at("/protocols/udp/sendsShared").asLong(),
          replies + rehearsal(four, 1) + rehearsal(six, 1));
      assertShare(stopped, "datagramsUnread", 0, 0);
      assertShare(stopped, "connectionsIn", 2, 0);
    }
  }

  @EachTransport
  void shouldCountNoMessagesOfAStreamThatIsNoProbe(Transport transport) throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerProcess server = ServerProcess.startBehind(network.inside(), transport)) {
      Shell echoed =
          network.run(
              "exec 3<>/dev/tcp/127.0.0.1/"
                  + server.port()
                  + "; echo hello >&3; read -u 3; echo $REPLY");
      assertThat(echoed.out()).isEqualTo("hello\n");
      JsonNode stopped = server.stop();

      JsonNode flow = stopped.at("/flows/0");
      assertThat(flow.get("framing").asText()).isEqualTo("none");
      assertThat(flow.get("messagesIn").isNull()).isTrue();
      assertThat(flow.get("reads").asInt()).isOne();
      assertThat(flow.get("writes").asInt()).isOne();
      assertThat(flow.get("bytesIn").asInt()).isEqualTo(6);
    }
  }

  /** And each echo by itself: two from one source port could share a send, which counts once. */
  private static final List<String> SMALL_BUFFER =
      List.of("env", "DUAL_SERVER_UDP_RECEIVE_BUFFER=65536", "DUAL_SERVER_UDP_GSO=off");

  /** A socket's own count of drops is our share of what the kernel counts for everybody. */
  @EachTransport
  void shouldTellOurDropsFromThoseOfOtherSockets(Transport transport) throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      List<String> prefix = new ArrayList<>(network.inside());
      prefix.addAll(SMALL_BUFFER);
      try (ServerProcess server = ServerProcess.startBehind(prefix, transport)) {
        assertDrops(network, server, "127.0.0.1", () -> {});
      }
    }
  }

  /** With the socket of an address that nobody dials any more its column of drops goes. */
  @Test
  void shouldKeepTheDropsOfASocketThatWasClosedAsIdle() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      List<String> prefix = new ArrayList<>(network.inside());
      prefix.addAll(SMALL_BUFFER);
      try (ServerProcess server =
          ServerProcess.startBehind(
              prefix, Transport.EPOLL, "--host", "0.0.0.0", "--idle-timeout", "1s")) {
        network.run("echo open >/dev/udp/127.9.0.1/" + server.port());
        awaitSocket(network, "127.9.0.1", true);
        assertDrops(network, server, "127.9.0.1", () -> awaitSocket(network, "127.9.0.1", false));
      }
    }
  }

  private static void awaitSocket(PrivateNetwork network, String address, boolean isOpen)
      throws Exception {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> network.run("ss -uln").out().contains(address + ":") == isOpen);
  }

  private interface Step {
    void take() throws Exception;
  }

  /** Sends while the server stands still, so that its socket's queue overflows. */
  private static void assertDrops(
      PrivateNetwork network, ServerProcess server, String address, Step beforeTheStop)
      throws Exception {
    network.run("kill -STOP " + server.pid());
    network.run(
        "for i in {1..600}; do echo $i >/dev/udp/" + address + "/" + server.port() + "; done");
    network.run("kill -CONT " + server.pid());
    long lost = counted(network, "Udp.InErrors");
    assertThat(lost).isBetween(1L, 600L);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> counted(network, "Udp.OutDatagrams") >= 600 + 600 - lost);
    beforeTheStop.take();
    JsonNode stopped = server.stop();

    assertShare(stopped, "datagramsUnread", lost, 0);
    assertThat(stopped.get("kernelDrops").asLong()).isEqualTo(lost);
  }

  private static long counted(PrivateNetwork network, String key) {
    Path procNet = Path.of("/proc", String.valueOf(network.pid()), "net");
    return NetCounters.read(procNet).orElseThrow().value(key).orElseThrow();
  }

  private static JsonNode send(PrivateNetwork network, String target) throws Exception {
    Shell sent =
        network.run(
            String.join(" ", ServerProcess.java(ServerProcess.CLIENT_JAR))
                + " send "
                + target
                + " --format json --count "
                + COUNT);
    assertThat(sent.exitCode()).as("%s", sent).isZero();
    JsonNode result = JSON.readTree(sent.out());
    for (JsonNode row : result.get("rows")) {
      assertThat(row.get("sent").asInt()).isEqualTo(COUNT);
    }
    return result;
  }

  /** What the client says of its rehearsal: 1 = sent, 2 = taken. */
  private static long rehearsal(JsonNode result, int group) {
    MatchResult told =
        REHEARSAL.matcher(result.get("notes").toString()).results().findFirst().orElseThrow();
    return Long.parseLong(told.group(group));
  }

  private static void assertShare(JsonNode stopped, String key, long ours, long others) {
    for (JsonNode share : stopped.get("kernelShares")) {
      if (share.get("key").asText().equals(key)) {
        assertThat(share.get("ours").asLong()).as("%s", share).isEqualTo(ours);
        assertThat(share.get("others").asLong()).as("%s", share).isEqualTo(others);
        assertThat(share.get("all").asLong()).isEqualTo(ours + others);
        return;
      }
    }
    throw new AssertionError("no " + key + " in " + stopped);
  }
}
