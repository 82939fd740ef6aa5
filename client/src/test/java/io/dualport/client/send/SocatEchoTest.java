package io.dualport.client.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dualport.client.FreePort;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Against an echo that somebody else wrote. */
class SocatEchoTest {
  private static final String MISSING =
      "socat is not installed; apt-get install socat (Debian package socat)";

  @BeforeAll
  static void socatIsInstalled() {
    boolean installed =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "socat")));
    if (!installed) {
      System.out.println("SKIPPED SocatEchoTest: " + MISSING);
    }
    assertThat(installed || !"true".equals(System.getenv("CI"))).as(MISSING).isTrue();
    assumeTrue(installed, MISSING);
  }

  @Test
  void shouldFindSocatsEchoOpenOnBothProtocols() throws Exception {
    int port = FreePort.onBoth();
    List<Process> socats =
        List.of(
            socat("TCP4-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork", "EXEC:cat"),
            socat("UDP4-RECVFROM:" + port + ",bind=127.0.0.1,fork", "PIPE"));
    try {
      await().until(() -> isTaken(port));

      SendResult result = Sending.to(port).with("interval", "100ms").run();

      assertThat(result.protocols())
          .allSatisfy(
              one -> {
                assertThat(one.finding().text("Try: ")).startsWith("open: ");
                assertThat(one.path()).isEqualTo(ProtocolResult.Path.NOT_STAMPED);
              });
    } finally {
      socats.forEach(Process::destroy);
    }
  }

  private static Process socat(String... addresses) throws IOException {
    return new ProcessBuilder(Stream.concat(Stream.of("socat"), Stream.of(addresses)).toList())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static boolean isTaken(int port) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      new ServerSocket(port, 1, loopback).close();
      return false;
    } catch (BindException tcpIsTaken) {
      return isTakenForUdp(port, loopback);
    }
  }

  private static boolean isTakenForUdp(int port, InetAddress loopback) throws IOException {
    try {
      new DatagramSocket(port, loopback).close();
      return false;
    } catch (BindException taken) {
      return true;
    }
  }
}
