package io.dualport.client.check;

import static io.dualport.client.check.Checking.check;
import static io.dualport.client.check.Checking.evidence;
import static io.dualport.client.check.Checking.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.FreePort;
import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.target.Target;
import io.dualport.client.verdict.Verdict;
import io.dualport.config.SettingException;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Verdicts about servers that a test can be; those that need a network are acceptance tests. */
@Tag("slow")
class CheckRunTest {
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAPlainEchoOpen(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      CheckResult result = check(transport, echo.port(), Map.of());

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(result.findings())
          .extracting(CheckedProtocol::protocol)
          .containsExactly(Protocol.values());
      for (CheckedProtocol finding : result.findings()) {
        assertThat(finding.finding().verdict()).isEqualTo(Verdict.OPEN);
        assertThat(finding.largestBytes()).isEqualTo(65507);
        assertThat(finding.answeredBy()).isEqualTo("plain echo (RFC 862)");
        assertThat(finding.isRewritten()).isNull();
        assertThat(finding.fastestNanos()).isPositive();
      }
      assertThat(result.findings().get(0).halfClose()).isEqualTo(CheckedProtocol.HalfClose.KEPT);
      assertThat(echo.udpPeers()).hasSizeLessThanOrEqualTo(Pace.BURST);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAClosedPortRefused(Transport transport) throws Exception {
    CheckResult result = check(transport, FreePort.onBoth(), Map.of());

    assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
    for (CheckedProtocol finding : result.findings()) {
      assertThat(finding.finding().verdict()).isEqualTo(Verdict.REFUSED);
      assertThat(finding.finding().errno()).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAServerThatSwallowsSilent(Transport transport) throws Exception {
    try (PlainEcho echo =
        PlainEcho.start(socket -> socket.getInputStream().readAllBytes(), PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(transport, echo.port(), Map.of("timeout", "300ms"));

      assertThat(result.findings())
          .extracting(finding -> finding.finding().verdict())
          .containsOnly(Verdict.SILENT);
      assertThat(evidence(result, 0))
          .startsWith("connected, but of 128 bytes nothing came back within ")
          .endsWith("; our FIN was answered with FIN");
      assertThat(result.findings().get(0).finding().advice()).doesNotContain("firewall");
      assertThat(evidence(result, 1)).startsWith("4 datagrams of 128 bytes sent in ");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldFindOneWrongByte(Transport transport) throws Exception {
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> PlainEcho.echoThrough(socket, 65536, bytes -> bytes[7] ^= 1),
            (datagram, from) -> {
              datagram[datagram.length - 1] ^= 1;
              return List.of(datagram);
            })) {
      CheckResult result = check(transport, echo.port(), Map.of());

      assertThat(result.findings())
          .extracting(finding -> finding.finding().verdict())
          .containsOnly(Verdict.CORRUPTED);
      assertThat(evidence(result, 0)).endsWith(" with a wrong one at position 7");
      assertThat(evidence(result, 1)).contains("the first wrong one at position 127 after ");
    }
  }

  @ParameterizedTest
  @CsvSource({"60", "100", "2048"})
  void shouldFindTheSizeThatAServerCutsAt(int cut) throws Exception {
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) -> List.of(Arrays.copyOf(datagram, Math.min(cut, datagram.length))))) {
      CheckedProtocol udp = check(Transport.automatic(), echo.port(), Map.of()).findings().get(1);

      assertThat(udp.finding().verdict()).isEqualTo(Verdict.TRUNCATED);
      assertThat(udp.largestBytes()).isEqualTo(cut);
    }
  }

  @Test
  void shouldFindTheLargestDatagramThatIsAnswered() throws Exception {
    int largest = 30_011;
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) -> datagram.length > largest ? List.of() : List.of(datagram))) {
      CheckResult result =
          check(Transport.automatic(), echo.port(), Map.of("timeout", "300ms", "protocol", "udp"));

      CheckedProtocol udp = result.findings().get(0);
      assertThat(udp.finding().verdict()).isEqualTo(Verdict.LARGE_LOST);
      assertThat(udp.largestBytes()).isEqualTo(largest);
      assertThat(udp.finding().advice()).contains("--size 30011");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldTellAConnectionThatIsClosedFromOneThatIsReset(Transport transport) throws Exception {
    try (PlainEcho closing = PlainEcho.tcp(socket -> socket.getInputStream().read(new byte[128]));
        PlainEcho resetting =
            PlainEcho.tcp(
                socket -> {
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                })) {
      Map<String, String> tcp = Map.of("protocol", "tcp");
      CheckResult closed = check(transport, closing.port(), tcp);
      CheckResult reset = check(transport, resetting.port(), tcp);

      assertThat(closed.findings().get(0).finding().verdict()).isEqualTo(Verdict.CLOSED_EARLY);
      assertThat(evidence(closed, 0))
          .startsWith("of 128 bytes 0 came back, then the server's side closed (FIN)");
      assertThat(reset.findings().get(0).finding().verdict()).isEqualTo(Verdict.RESET);
      assertThat(reset.findings().get(0).finding().errno()).isEqualTo(Errno.ECONNRESET);
    }
  }

  @Test
  void shouldTellWhatHappensToBytesOnTheirWayAtHalfClose() throws Exception {
    Map<String, String> asked = Map.of("protocol", "tcp", "timeout", "300ms", "check.size", "128");
    try (PlainEcho forgetful = PlainEcho.tcp(CheckRunTest::echoUnlessFinFollows);
        PlainEcho open =
            PlainEcho.tcp(
                socket -> {
                  PlainEcho.echoThrough(socket, 65536, bytes -> {});
                  LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(2));
                })) {
      CheckResult lost = check(Transport.automatic(), forgetful.port(), asked);
      CheckResult unanswered = check(Transport.automatic(), open.port(), asked);

      assertThat(lost.isOpen()).isTrue();
      assertThat(lost.findings().get(0).halfClose()).isEqualTo(CheckedProtocol.HalfClose.LOST);
      assertThat(unanswered.findings().get(0).halfClose())
          .isEqualTo(CheckedProtocol.HalfClose.NOT_ANSWERED);
    }
  }

  /** As servers do that close when they read FIN, whatever is still to be sent. */
  private static void echoUnlessFinFollows(Socket socket) throws IOException {
    socket.setSoTimeout(20);
    byte[] chunk = new byte[128];
    int read = socket.getInputStream().read(chunk);
    while (read > 0) {
      int next = -1;
      byte[] following = new byte[128];
      try {
        next = socket.getInputStream().read(following);
        if (next < 0) {
          return;
        }
      } catch (SocketTimeoutException nothingYet) {
        socket.getOutputStream().write(chunk, 0, read);
        socket.setSoTimeout(0);
        next = socket.getInputStream().read(following);
        socket.setSoTimeout(20);
      }
      read = next;
      chunk = following;
    }
  }

  @Test
  void shouldOnlyNameRstOrIcmpWhereItIsSure() {
    assertThat(Refusals.SynAnswer.of(new Unreachables(true, 0, 0), false))
        .isEqualTo(Refusals.SynAnswer.RST);
    assertThat(Refusals.SynAnswer.of(new Unreachables(true, 1, 0), true))
        .isEqualTo(Refusals.SynAnswer.ICMP);
    assertThat(Refusals.SynAnswer.of(new Unreachables(true, 1, 0), false))
        .isEqualTo(Refusals.SynAnswer.EITHER);
    assertThat(Refusals.SynAnswer.of(new Unreachables(true, 2, 0), true))
        .isEqualTo(Refusals.SynAnswer.EITHER);
    assertThat(Refusals.SynAnswer.of(new Unreachables(false, 0, 0), true))
        .isEqualTo(Refusals.SynAnswer.EITHER);
  }

  @ParameterizedTest
  @CsvSource({"224.0.0.1:7", "[ff02::1]:7", "255.255.255.255:7"})
  void shouldRefuseAnAddressOfMany(String target) {
    CheckRun run = new CheckRun(Target.parse(target), settings(Map.of()));

    assertThatThrownBy(run::run)
        .isInstanceOf(SettingException.class)
        .hasMessageContaining("must be the address of one host");
  }

  @Test
  void shouldSayThatANameHasNoAddress() {
    CheckResult result =
        new CheckRun(Target.parse("no-such-host.invalid:7"), settings(Map.of())).run();

    assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
    assertThat(result.findings()).hasSize(2);
    for (CheckedProtocol finding : result.findings()) {
      assertThat(finding.finding().verdict()).isEqualTo(Verdict.UNRESOLVED);
      assertThat(finding.finding().advice()).contains("getent ahosts no-such-host.invalid");
    }
    assertThat(new CheckConclusion(result).notes())
        .containsExactly("Port 7, from here: unresolved on TCP and UDP.");
  }
}
