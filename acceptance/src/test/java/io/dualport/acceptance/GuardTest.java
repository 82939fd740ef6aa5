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
import org.junit.jupiter.api.io.TempDir;

/** Forged datagrams, made byte by byte and sent through a raw socket by socat. */
@Tag("kernel")
class GuardTest {
  @TempDir Path folder;

  @BeforeAll
  static void requireTools() throws Exception {
    Tool.require(Tool.SOCAT, Tool.NC);
    Tool.requireRoot();
  }

  @EachTransport
  void shouldNotAnswerSourcesThatAreNoClients(Transport transport) throws Exception {
    try (ServerProcess server = start(transport, "--host", "127.0.0.1")) {
      int port = server.port();
      forge("127.0.0.9", port, "127.0.0.1", port);
      for (int reflector : new int[] {7, 13, 17, 19, 37}) {
        forge("127.0.0.9", reflector, "127.0.0.1", port);
      }
      forge("127.0.0.9", 0, "127.0.0.1", port);
      forge("127.0.0.9", 53, "127.0.0.1", port); // real tools probe from 53
      assertThat(Shell.succeed("printf hi | nc.openbsd -u -W1 -w5 127.0.0.1 " + port))
          .isEqualTo("hi");
      // Netty's io_uring channel discards these before we see them: no reply, but no count either.
      int fromPortZero = transport == Transport.IO_URING ? 0 : 1;
      // Which of its sockets has the next datagram depends on the source port.
      awaitCount(1, "droppedOwnPort", server);
      awaitCount(5, "droppedReflectorPort", server);
      awaitCount(fromPortZero, "droppedSourcePortZero", server);
      awaitCount(2, "messagesIn", server);
      JsonNode udp = server.stop().get("protocols").get("udp");
      assertThat(udp.get("droppedOwnPort").asLong()).isEqualTo(1);
      assertThat(udp.get("droppedReflectorPort").asLong()).isEqualTo(5);
      assertThat(udp.get("droppedSourcePortZero").asLong()).isEqualTo(fromPortZero);
      assertThat(udp.get("messagesIn").asLong()).isEqualTo(2);
      assertThat(udp.get("messagesOut").asLong()).isEqualTo(2);
    }
  }

  @EachTransport
  void shouldNotLoopWithAnotherEchoOnTheSamePortNumber(Transport transport) throws Exception {
    try (ServerProcess one = start(transport, "--host", "127.0.0.1");
        ServerProcess two =
            start(transport, "--host", "127.0.0.2", "--port", String.valueOf(one.port()))) {
      forge("127.0.0.2", two.port(), "127.0.0.1", one.port());
      awaitCount(1, "droppedOwnPort", one);
      assertThat(one.stop().at("/protocols/udp/messagesOut").asLong()).isZero();
      assertThat(two.stop().at("/protocols/udp/messagesIn").asLong()).isZero();
    }
  }

  @EachTransport
  void shouldEndALoopWithAnotherEchoOnAnotherPortNumber(Transport transport) throws Exception {
    try (ServerProcess one = start(transport);
        ServerProcess two = start(transport)) {
      forge("127.0.0.1", two.port(), "127.0.0.1", one.port());
      awaitCount(1, "droppedLoop", one, two);
      JsonNode first = one.stop().at("/protocols/udp");
      JsonNode second = two.stop().at("/protocols/udp");
      assertThat(first.get("messagesIn").asLong()).isGreaterThan(1);
      assertThat(first.get("droppedLoop").asLong() + second.get("droppedLoop").asLong())
          .isEqualTo(1);
    }
  }

  /** No entry in the flow table is needed to notice, and several go around at the same time. */
  @EachTransport
  void shouldEndALoopOfSeveralDatagramsWithoutFlowEntries(Transport transport) throws Exception {
    Path quick = Files.writeString(folder.resolve("quick.conf"), "server.guard.loop-after = 500");
    String[] options = {"--max-flows", "0", "--config", quick.toString()};
    try (ServerProcess one = start(transport, options);
        ServerProcess two = start(transport, options)) {
      for (int i = 0; i < 20; i++) {
        forge("127.0.0.1", two.port(), "127.0.0.1", one.port(), "forged" + i);
      }
      awaitCount(20, "droppedLoop", one, two);
      long dropped =
          one.stop().at("/protocols/udp/droppedLoop").asLong()
              + two.stop().at("/protocols/udp/droppedLoop").asLong();
      assertThat(dropped).isEqualTo(20);
    }
  }

  private static ServerProcess start(Transport transport, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("--admin", "127.0.0.1:0"));
    words.addAll(List.of(options));
    return ServerProcess.start(transport, words.toArray(String[]::new));
  }

  /** A loop that is cut leaves nothing on the way: all that is to be counted is. */
  private static void awaitCount(long wanted, String counter, ServerProcess... servers) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              long count = 0;
              for (ServerProcess server : servers) {
                count += server.counters("udp").get(counter).asLong();
              }
              return count >= wanted;
            });
  }

  /** Sends one datagram with any source: the UDP header by hand (RFC 768), checksum 0 = none. */
  private static void forge(String source, int sourcePort, String destination, int destinationPort)
      throws Exception {
    forge(source, sourcePort, destination, destinationPort, "forged");
  }

  private static void forge(
      String source, int sourcePort, String destination, int destinationPort, String payload)
      throws Exception {
    int length = 8 + payload.length();
    String header =
        "\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x%02x\\x00\\x00"
            .formatted(
                sourcePort >> 8,
                sourcePort & 255,
                destinationPort >> 8,
                destinationPort & 255,
                length >> 8,
                length & 255);
    Shell.succeed(
        "printf '%s%s' | socat -u - IP4-SENDTO:%s:17,bind=%s"
            .formatted(header, payload, destination, source));
  }
}
