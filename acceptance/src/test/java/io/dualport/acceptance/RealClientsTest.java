package io.dualport.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.transport.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** nc, ncat and socat against the echo. */
class RealClientsTest {
  @TempDir static Path folder;
  private static Path eightMib;
  private static Path largestDatagram;

  @BeforeAll
  static void makeFiles() throws Exception {
    Tool.require(Tool.NC, Tool.NCAT, Tool.SOCAT);
    byte[] bytes = new byte[8 << 20];
    new Random(8).nextBytes(bytes);
    eightMib = Files.write(folder.resolve("8MiB"), bytes);
    largestDatagram = Files.write(folder.resolve("65507"), java.util.Arrays.copyOf(bytes, 65507));
  }

  @EachTransport
  void shouldReturnAFileToEveryTcpClient(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport, "--host", "any")) {
      String sum = Shell.succeed("sha256sum < " + eightMib);
      int port = server.port();
      assertThat(
              Shell.succeed(
                  "nc.openbsd -N 127.0.0.1 %d < %s | sha256sum".formatted(port, eightMib)))
          .isEqualTo(sum);
      if (Tool.hasIpv6()) {
        assertThat(Shell.succeed("nc.openbsd -N ::1 %d < %s | sha256sum".formatted(port, eightMib)))
            .isEqualTo(sum);
      }
      assertThat(Shell.succeed("ncat 127.0.0.1 %d < %s | sha256sum".formatted(port, eightMib)))
          .isEqualTo(sum);
      assertThat(
              Shell.succeed(
                  "socat -t30 - TCP4:127.0.0.1:%d < %s | sha256sum".formatted(port, eightMib)))
          .isEqualTo(sum);
      JsonNode tcp = server.stop().get("protocols").get("tcp");
      long clients = Tool.hasIpv6() ? 4 : 3;
      assertThat(tcp.get("bytesIn").asLong()).isEqualTo(clients * (8 << 20));
      assertThat(tcp.get("bytesOut").asLong()).isEqualTo(clients * (8 << 20));
      assertThat(tcp.get("closedByPeer").asLong()).isEqualTo(clients);
    }
  }

  @EachTransport
  void shouldAnswerDatagramsOnEveryAddressAsDialled(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport, "--host", "any")) {
      List<String> addresses = new ArrayList<>(List.of("127.0.0.1"));
      if (Tool.hasIpv6()) {
        addresses.add("::1");
      }
      if (transport.learnsDialledAddress()) {
        addresses.addAll(List.of("127.0.0.2", "127.3.2.1"));
      }
      for (String address : addresses) {
        assertThat(
                Shell.succeed(
                    "printf hello | nc.openbsd -u -W1 -w5 %s %d".formatted(address, server.port())))
            .as(address)
            .isEqualTo("hello");
      }
      assertThat(
              Shell.succeed(
                  "(printf hello; sleep 1) | ncat -u -i 2 127.0.0.1 %d || true"
                      .formatted(server.port())))
          .isEqualTo("hello");
    }
  }

  @EachTransport
  void shouldReturnTheLargestDatagramWhole(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport)) {
      String line = "socat -b 65507 -t1 - UDP4:127.0.0.1:%d < %s | sha256sum";
      assertThat(Shell.succeed(line.formatted(server.port(), largestDatagram)))
          .isEqualTo(Shell.succeed("sha256sum < " + largestDatagram));
      JsonNode udp = server.stop().get("protocols").get("udp");
      assertThat(udp.get("messagesIn").asLong()).isEqualTo(1);
      assertThat(udp.get("messagesOut").asLong()).isEqualTo(1);
    }
  }

  /** socat ends when the empty datagram comes back, and must have got abc before it. */
  @EachTransport
  void shouldReturnAnEmptyDatagramAfterTheOneBeforeIt(Transport transport) throws Exception {
    try (ServerProcess server = ServerProcess.start(transport)) {
      String line = "printf abc | timeout 30 socat -t20 - UDP4:127.0.0.1:%d,shut-null,null-eof";
      assertThat(Shell.succeed(line.formatted(server.port()))).isEqualTo("abc");
    }
  }
}
