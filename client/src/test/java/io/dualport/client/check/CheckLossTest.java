package io.dualport.client.check;

import static io.dualport.client.check.Checking.check;
import static io.dualport.client.check.Checking.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.transport.Transport;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What gets lost, stops, is slow, or comes more often than it was sent. */
@Tag("slow")
class CheckLossTest {
  private static final Charset LATIN_1 = StandardCharsets.ISO_8859_1;
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

  @Test
  void shouldAskAgainWhenADatagramIsLost() throws Exception {
    java.util.concurrent.atomic.AtomicInteger count =
        new java.util.concurrent.atomic.AtomicInteger();
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) -> count.getAndIncrement() == 0 ? List.of() : List.of(datagram))) {
      CheckResult result =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp", "timeout", "400ms"));

      assertThat(result.isOpen()).isTrue();
      assertThat(evidence(result, 0)).containsPattern("; 1 of \\d+ was lost, or late$");
    }
  }

  @Test
  void shouldNotBlameTheSizeWhenTheServerHasStopped() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) -> count.getAndIncrement() == 0 ? List.of(datagram) : List.of())) {
      CheckResult result =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp", "timeout", "300ms"));

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.SILENT);
      assertThat(evidence(result, 0)).startsWith("after 1 echo nothing came back any more");
      assertThat(result.findings().get(0).finding().advice())
          .startsWith("a rate limit of the server");
    }
  }

  @Test
  void shouldSuspectARateLimitWhereAConnectionIsCutAfterItHasAnswered() throws Exception {
    try (PlainEcho closing =
            PlainEcho.tcp(
                socket -> {
                  byte[] message = socket.getInputStream().readNBytes(128);
                  socket.getOutputStream().write(message);
                  socket.getInputStream().readNBytes(128);
                });
        PlainEcho resetting =
            PlainEcho.tcp(
                socket -> {
                  byte[] message = socket.getInputStream().readNBytes(128);
                  socket.getOutputStream().write(message);
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                });
        PlainEcho once =
            PlainEcho.tcp(
                socket -> {
                  byte[] message = socket.getInputStream().readNBytes(128);
                  socket.getOutputStream().write(message);
                  socket.getInputStream().readAllBytes();
                })) {
      Map<String, String> tcp = Map.of("protocol", "tcp", "timeout", "400ms");
      Map<PlainEcho, Verdict> servers =
          Map.of(closing, Verdict.CLOSED_EARLY, resetting, Verdict.RESET, once, Verdict.SILENT);
      servers.forEach(
          (server, judgement) -> {
            Finding verdict =
                check(Transport.automatic(), server.port(), tcp).findings().get(0).finding();
            assertThat(verdict.verdict()).isEqualTo(judgement);
            assertThat(verdict.evidence()).startsWith("the first 128 bytes came back, ");
            assertThat(verdict.advice()).startsWith("a rate limit of the server or on the way");
          });
    }
  }

  @Test
  void shouldNotBlameTheSizeWhereSmallMessagesGetLostAsWell() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) ->
                datagram.length > 1000 || count.incrementAndGet() % 10 == 0
                    ? List.of()
                    : List.of(datagram))) {
      CheckResult result =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp", "timeout", "300ms"));

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.LARGE_LOST);
      assertThat(evidence(result, 0)).contains(" small ones were lost as well");
      assertThat(result.findings().get(0).finding().advice()).startsWith("packet loss");
    }
  }

  @Test
  void shouldNotTakeASlowServerForABlackHole() throws Exception {
    try (PlainEcho trickle =
        PlainEcho.tcp(
            socket -> {
              byte[] bytes = new byte[65536];
              for (int n = socket.getInputStream().read(bytes);
                  n > 0;
                  n = socket.getInputStream().read(bytes)) {
                socket.getOutputStream().write(bytes, 0, Math.min(n, 3000));
              }
            })) {
      CheckResult result =
          check(Transport.automatic(), trickle.port(), Map.of("protocol", "tcp", "timeout", "1s"));

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.LARGE_LOST);
      assertThat(result.findings().get(0).finding().advice()).startsWith("a slow or lossy path");
    }
  }

  @Test
  void shouldSayThatMoreCameBackThanWasSent() throws Exception {
    try (PlainEcho twice =
        PlainEcho.tcp(
            socket -> {
              byte[] bytes = new byte[65536];
              for (int n = socket.getInputStream().read(bytes);
                  n > 0;
                  n = socket.getInputStream().read(bytes)) {
                socket
                    .getOutputStream()
                    .write((new String(bytes, 0, n, LATIN_1) + "> ").getBytes(LATIN_1));
              }
            })) {
      CheckResult result = check(Transport.automatic(), twice.port(), Map.of("protocol", "tcp"));

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.CORRUPTED);
      assertThat(evidence(result, 0)).startsWith("more came back than was sent: 2 bytes");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldTellThatEveryDatagramComesTwice(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(datagram, datagram))) {
      CheckResult result = check(transport, echo.port(), Map.of("protocol", "udp"));

      assertThat(result.isOpen()).isTrue();
      assertThat(evidence(result, 0)).containsPattern("; [1-9] of [1-9] came back more than once$");
      assertThat(result.findings().get(0).finding().advice()).startsWith("what doubles datagrams");
    }
  }
}
