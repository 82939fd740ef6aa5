package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualport.client.ClientKeys;
import io.dualport.client.FreePort;
import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.target.Target;
import io.dualport.config.SettingException;
import io.dualport.flow.FiveTuple;
import io.dualport.flow.Protocol;
import io.dualport.kernel.Errno;
import io.dualport.probe.Probe;
import io.dualport.probe.Stamp;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Verdicts about servers that a test can be; those that need a network are acceptance tests. */
class CheckRunTest {
  private static final Charset LATIN_1 = StandardCharsets.ISO_8859_1;
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAPlainEchoOpen(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.good()) {
      CheckResult result = check(transport, echo.port(), Map.of());

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(result.findings())
          .extracting(Finding::protocol)
          .containsExactly(Protocol.values());
      for (Finding finding : result.findings()) {
        assertThat(finding.verdict().judgement()).isEqualTo(Judgement.OPEN);
        assertThat(finding.largestBytes()).isEqualTo(65507);
        assertThat(finding.echo()).isEqualTo("plain echo (RFC 862)");
        assertThat(finding.isRewritten()).isNull();
        assertThat(finding.fastestNanos()).isPositive();
      }
      assertThat(result.findings().get(0).halfClose()).isEqualTo(Finding.HalfClose.KEPT);
      assertThat(echo.udpPeers()).hasSizeLessThanOrEqualTo(Pace.BURST);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAClosedPortRefused(Transport transport) throws Exception {
    CheckResult result = check(transport, FreePort.onBoth(), Map.of());

    assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
    for (Finding finding : result.findings()) {
      assertThat(finding.verdict().judgement()).isEqualTo(Judgement.REFUSED);
      assertThat(finding.verdict().errno()).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldCallAServerThatSwallowsSilent(Transport transport) throws Exception {
    try (PlainEcho echo =
        PlainEcho.start(socket -> socket.getInputStream().readAllBytes(), PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(transport, echo.port(), Map.of("timeout", "300ms"));

      assertThat(result.findings())
          .extracting(finding -> finding.verdict().judgement())
          .containsOnly(Judgement.SILENT);
      assertThat(evidence(result, 0))
          .startsWith("connected, but of 128 bytes nothing came back within ")
          .endsWith("; our FIN was answered with FIN");
      assertThat(result.findings().get(0).verdict().advice()).doesNotContain("firewall");
      assertThat(evidence(result, 1)).startsWith("4 datagrams of 128 bytes sent in ");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldQuoteWhatIsNoEcho(Transport transport) throws Exception {
    byte[] banner = "SSH-2.0-None\u001b[2J\r\n".getBytes(StandardCharsets.UTF_8);
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> {
              socket.getOutputStream().write(banner);
              socket.getInputStream().readAllBytes();
            },
            (datagram, from) -> List.of(banner))) {
      CheckResult result = check(transport, echo.port(), Map.of("timeout", "1s"));

      for (Finding finding : result.findings()) {
        assertThat(finding.verdict().judgement()).isEqualTo(Judgement.CORRUPTED);
        assertThat(finding.verdict().evidence())
            .containsPattern("nothing (like what )?we sent: \"SSH-2.0-None");
        assertThat(finding.verdict().evidence()).doesNotContain("\u001b");
        assertThat(finding.echo()).isEqualTo("not an echo");
      }
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
          .extracting(finding -> finding.verdict().judgement())
          .containsOnly(Judgement.CORRUPTED);
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
      Finding udp = check(Transport.automatic(), echo.port(), Map.of()).findings().get(1);

      assertThat(udp.verdict().judgement()).isEqualTo(Judgement.TRUNCATED);
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

      Finding udp = result.findings().get(0);
      assertThat(udp.verdict().judgement()).isEqualTo(Judgement.LARGE_LOST);
      assertThat(udp.largestBytes()).isEqualTo(largest);
      assertThat(udp.verdict().advice()).contains("--size 30011");
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

      assertThat(closed.findings().get(0).verdict().judgement()).isEqualTo(Judgement.TRUNCATED);
      assertThat(evidence(closed, 0))
          .startsWith("of 128 bytes 0 came back, then the server's side closed (FIN)");
      assertThat(reset.findings().get(0).verdict().judgement()).isEqualTo(Judgement.RESET);
      assertThat(reset.findings().get(0).verdict().errno()).isEqualTo(Errno.ECONNRESET);
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
      assertThat(lost.findings().get(0).halfClose()).isEqualTo(Finding.HalfClose.LOST);
      assertThat(unanswered.findings().get(0).halfClose())
          .isEqualTo(Finding.HalfClose.NOT_ANSWERED);
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

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldHearAReplyFromAnotherPort(Transport transport) throws Exception {
    try (DatagramSocket other = new DatagramSocket();
        PlainEcho echo =
            PlainEcho.udp(
                (datagram, from) -> {
                  try {
                    other.send(new DatagramPacket(datagram, datagram.length, from));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return List.of();
                })) {
      CheckResult result = check(transport, echo.port(), Map.of("protocol", "udp"));

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.WRONG_SOURCE);
      assertThat(evidence(result, 0))
          .contains("came back from 127.0.0.1:" + other.getLocalPort() + " after ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      empty      | was answered with an empty one
      one byte   | was answered with 1 byte like nothing we sent, "x",
      longer     | came back as 131 bytes with a wrong one at position 128
      upper case | came back as 128 bytes with a wrong one at position
      """)
  void shouldCallWhateverComesFromElsewhereWrongSourceAndNoEcho(String reply, String evidence)
      throws Exception {
    try (DatagramSocket other = new DatagramSocket();
        PlainEcho echo =
            PlainEcho.udp(
                (datagram, from) -> {
                  byte[] answer =
                      switch (reply) {
                        case "empty" -> new byte[0];
                        case "one byte" -> new byte[] {'x'};
                        case "longer" -> Arrays.copyOf(datagram, datagram.length + 3);
                        default -> upperCase(datagram);
                      };
                  try {
                    other.send(new DatagramPacket(answer, answer.length, from));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return List.of();
                })) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of("protocol", "udp"));

      Finding udp = result.findings().get(0);
      assertThat(udp.verdict().judgement()).isEqualTo(Judgement.WRONG_SOURCE);
      assertThat(udp.echo()).isEqualTo("not an echo");
      assertThat(evidence(result, 0))
          .contains(evidence, " from 127.0.0.1:" + other.getLocalPort() + " after ");
    }
  }

  /** As a server does that takes what it gets for text. */
  private static byte[] upperCase(byte[] datagram) {
    byte[] upper = datagram.clone();
    for (int i = 0; i < upper.length; i++) {
      upper[i] = i % 4 == 3 ? (byte) (upper[i] ^ 0x20) : upper[i];
    }
    return upper;
  }

  @Test
  void shouldNotTakeAStrangerForTheServer() throws Exception {
    try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getByName("127.0.0.3"));
        PlainEcho echo =
            PlainEcho.udp(
                (datagram, from) -> {
                  try {
                    stranger.send(new DatagramPacket(new byte[50], 50, from));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return List.of();
                })) {
      CheckResult result =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp", "timeout", "400ms"));

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.SILENT);
      assertThat(evidence(result, 0))
          .contains("unlike anything we sent, from 127.0.0.3:" + stranger.getLocalPort());
    }
  }

  @Test
  void shouldNotCallAnEmptyAnswerAnEcho() throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(new byte[0]))) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of("protocol", "udp"));

      Finding udp = result.findings().get(0);
      assertThat(udp.verdict().judgement()).isEqualTo(Judgement.CORRUPTED);
      assertThat(udp.echo()).isEqualTo("not an echo");
      assertThat(evidence(result, 0))
          .startsWith("a datagram of 128 bytes was answered after ")
          .endsWith(" with an empty one");
      assertThat(udp.verdict().advice())
          .startsWith("a relay or load balancer whose backend is gone");
    }
  }

  @Test
  void shouldTellARelayThatCutsFromTheServerBehindIt() throws Exception {
    try (PlainEcho echo =
        PlainEcho.udp(
            (datagram, from) -> {
              stamp(datagram, Protocol.UDP, 5);
              return List.of(Arrays.copyOf(datagram, Math.min(16384, datagram.length)));
            })) {
      Finding udp =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp")).findings().get(0);

      assertThat(udp.verdict().judgement()).isEqualTo(Judgement.TRUNCATED);
      assertThat(udp.echo())
          .isEqualTo(
              "dualport, instance 0000000000000005, behind a relay that cuts datagrams at 16384"
                  + " bytes (as nginx does)");
      assertThat(udp.verdict().advice())
          .isEqualTo(
              "a receive buffer of 16384 bytes in a relay or load balancer before the server, which"
                  + " itself never cuts");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldTellThatEveryDatagramComesTwice(Transport transport) throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(datagram, datagram))) {
      CheckResult result = check(transport, echo.port(), Map.of("protocol", "udp"));

      assertThat(result.isOpen()).isTrue();
      assertThat(evidence(result, 0)).containsPattern("; [1-9] of [1-9] came back more than once$");
      assertThat(result.findings().get(0).verdict().advice()).startsWith("what doubles datagrams");
    }
  }

  @ParameterizedTest
  @CsvSource({"1,PROXY TCP4 10.0.1.2 10.0.2.2 40000 8888", "2,TCP 10.0.1.2:40000 -> 10.0.2.2:8888"})
  void shouldNameTheProxyProtocol(int version, String said) throws Exception {
    byte[] header =
        version == 1
            ? (said + "\r\n").getBytes(LATIN_1)
            : ByteBufUtil.decodeHexDump("0d0a0d0a000d0a515549540a2111000c0a0001020a0002029c4022b8");
    try (PlainEcho echo =
        PlainEcho.start(
            socket -> {
              socket.getOutputStream().write(header);
              PlainEcho.echoThrough(socket, 65536, bytes -> {});
            },
            (datagram, from) -> List.of(Unpooled.wrappedBuffer(header, datagram).copy().array()))) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of());

      for (Finding finding : result.findings()) {
        assertThat(finding.verdict().judgement()).isEqualTo(Judgement.CORRUPTED);
        assertThat(finding.verdict().evidence())
            .contains(
                "begins with a PROXY protocol header of version "
                    + version
                    + ", "
                    + (version == 1 ? "\"" + said + "\"" : said));
        assertThat(finding.verdict().advice()).startsWith("the load balancer's PROXY protocol");
        assertThat(finding.echo()).isEqualTo("an echo");
      }
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldMakeAServerSpeakThatWaitsForALine(Transport transport) throws Exception {
    try (PlainEcho server =
        PlainEcho.tcp(
            socket -> {
              int last = 0;
              while (last != '\n' && last >= 0) {
                last = socket.getInputStream().read();
              }
              socket.getOutputStream().write("HTTP/1.0 400 Bad Request\r\n\r\n".getBytes(LATIN_1));
              socket.getInputStream().readAllBytes();
            })) {
      // A message that happens to hold the end of a line is answered at once.
      CheckResult result =
          check(
              transport,
              server.port(),
              Map.of("protocol", "tcp", "timeout", "300ms", "check.size", "4"));

      Finding tcp = result.findings().get(0);
      assertThat(tcp.verdict().judgement()).isEqualTo(Judgement.CORRUPTED);
      assertThat(evidence(result, 0)).contains("like nothing we sent: \"HTTP/1.0 400 Bad");
      assertThat(tcp.echo()).isEqualTo("not an echo");
      assertThat(tcp.verdict().advice()).startsWith("another service").doesNotContain("firewall");
    }
  }

  @Test
  void shouldTellAnEchoOfLinesFromASilentServer() throws Exception {
    try (PlainEcho lines =
        PlainEcho.tcp(
            socket -> {
              ByteArrayOutputStream line = new ByteArrayOutputStream();
              for (int b = socket.getInputStream().read();
                  b >= 0;
                  b = socket.getInputStream().read()) {
                line.write(b);
                if (b == '\n' && line.size() > 4) {
                  socket.getOutputStream().write(line.toByteArray());
                  line.reset();
                }
              }
            })) {
      CheckResult result =
          check(
              Transport.automatic(),
              lines.port(),
              Map.of("protocol", "tcp", "timeout", "300ms", "check.size", "4"));

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.SILENT);
      assertThat(evidence(result, 0)).endsWith("; they came back after a blank line and our FIN");
    }
  }

  @Test
  void shouldNotBeFooledByAStrangersDatagram() throws Exception {
    try (DatagramSocket stranger = new DatagramSocket();
        PlainEcho echo =
            PlainEcho.udp(
                (datagram, from) -> {
                  try {
                    stranger.send(new DatagramPacket(new byte[50], 50, from));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return List.of(datagram);
                })) {
      assertThat(check(Transport.automatic(), echo.port(), Map.of("protocol", "udp")).isOpen())
          .isTrue();
    }
  }

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

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.SILENT);
      assertThat(evidence(result, 0)).startsWith("after 1 echo nothing came back any more");
      assertThat(result.findings().get(0).verdict().advice())
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
      Map<PlainEcho, Judgement> servers =
          Map.of(closing, Judgement.TRUNCATED, resetting, Judgement.RESET, once, Judgement.SILENT);
      servers.forEach(
          (server, judgement) -> {
            Verdict verdict =
                check(Transport.automatic(), server.port(), tcp).findings().get(0).verdict();
            assertThat(verdict.judgement()).isEqualTo(judgement);
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

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.LARGE_LOST);
      assertThat(evidence(result, 0)).contains(" small ones were lost as well");
      assertThat(result.findings().get(0).verdict().advice()).startsWith("packet loss");
    }
  }

  @Test
  void shouldHearThatSomeEchoesComeFromElsewhere() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (DatagramSocket other = new DatagramSocket();
        PlainEcho echo =
            PlainEcho.udp(
                (datagram, from) -> {
                  if (count.incrementAndGet() % 2 == 0) {
                    return List.of(datagram);
                  }
                  try {
                    other.send(new DatagramPacket(datagram, datagram.length, from));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  return List.of();
                })) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of("protocol", "udp"));

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.WRONG_SOURCE);
      assertThat(evidence(result, 0))
          .contains(" echoes came from 127.0.0.1:" + other.getLocalPort() + " instead of ");
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

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.LARGE_LOST);
      assertThat(result.findings().get(0).verdict().advice()).startsWith("a slow or lossy path");
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

      assertThat(result.findings().get(0).verdict().judgement()).isEqualTo(Judgement.CORRUPTED);
      assertThat(evidence(result, 0)).startsWith("more came back than was sent: 2 bytes");
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
    for (Finding finding : result.findings()) {
      assertThat(finding.verdict().judgement()).isEqualTo(Judgement.UNTRIED);
      assertThat(finding.verdict().advice()).contains("getent ahosts no-such-host.invalid");
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void shouldTellThatTheProtocolsReachDifferentServers(Transport transport) throws Exception {
    try (PlainEcho echo = stamping(1, 2)) {
      CheckResult told = check(transport, echo.port(), Map.of());
      CheckResult required = check(transport, echo.port(), Map.of("same-server", "on"));

      assertThat(told.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(required.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      for (CheckResult result : List.of(told, required)) {
        assertThat(result.isOpen()).isTrue();
        assertThat(new Conclusion(result).notes())
            .hasSize(2)
            .contains(
                "TCP and UDP reach different servers: TCP instance 0000000000000001, UDP instance"
                    + " 0000000000000002.");
      }
    }
  }

  @Test
  void shouldTellThatDatagramsAreSpreadOverServers() throws Exception {
    try (PlainEcho echo = stamping(1, 1, 3)) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of());

      assertThat(new Conclusion(result).notes().get(1))
          .isEqualTo(
              "Several servers answer: TCP instance 0000000000000001, UDP 2 instances"
                  + " (0000000000000001 and 0000000000000003).");
    }
  }

  @Test
  void shouldProveOneServerByItsStampsOnly() throws Exception {
    Map<String, String> required = Map.of("same-server", "on");
    try (PlainEcho stamping = stamping(7, 7);
        PlainEcho plain = PlainEcho.good()) {
      CheckResult proven = check(Transport.automatic(), stamping.port(), required);
      CheckResult unproven = check(Transport.automatic(), plain.port(), required);

      assertThat(proven.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(new Conclusion(proven).notes()).hasSize(1);
      assertThat(unproven.isOpen()).isTrue();
      assertThat(unproven.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(new Conclusion(unproven).notes().get(1))
          .isEqualTo(
              "That TCP and UDP reach the same server is not proven: no stamp came over TCP and"
                  + " UDP.");
    }
    assertThatThrownBy(() -> settings(Map.of("same-server", "on", "protocol", "tcp")))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("client.same-server = on (from --same-server): compares");
  }

  @Test
  void shouldTellThatTheAddressesOfANameLeadToDifferentServersWithoutCallingItWrong()
      throws Exception {
    try (PlainEcho first = stamping(1, 1);
        PlainEcho second = stamping(2, 2)) {
      CheckResult one = check(Transport.automatic(), first.port(), Map.of());
      CheckResult other = check(Transport.automatic(), second.port(), Map.of());
      List<Finding> both = new ArrayList<>(one.findings());
      for (Finding finding : other.findings()) {
        both.add(at(InetAddress.getByName("127.0.0.2"), finding));
      }
      CheckResult result =
          new CheckResult(one.target(), 1, settings(Map.of("same-server", "on")), both, 0);

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(new Conclusion(result).notes().get(1))
          .isEqualTo(
              "The addresses lead to different servers: 127.0.0.1 instance 0000000000000001,"
                  + " 127.0.0.2 instance 0000000000000002.");
    }
  }

  private static Finding at(InetAddress address, Finding found) {
    return new Finding(
        found.protocol(),
        address,
        found.verdict(),
        found.echo(),
        found.connectNanos(),
        found.fastestNanos(),
        found.askedBytes(),
        found.largestBytes(),
        found.pathMtuBytes(),
        found.halfClose(),
        found.ours(),
        found.stamp(),
        found.instances());
  }

  /** A server on TCP and others on UDP in turn, as behind a load balancer, by their ids. */
  private static PlainEcho stamping(long tcp, long... udp) {
    AtomicInteger turn = new AtomicInteger();
    return PlainEcho.start(
        socket -> PlainEcho.echoThrough(socket, 65536, bytes -> stamp(bytes, Protocol.TCP, tcp)),
        (datagram, from) -> {
          stamp(datagram, Protocol.UDP, udp[turn.getAndIncrement() % udp.length]);
          return List.of(datagram);
        });
  }

  /** Only where a message begins; what follows of a large one on a stream is left alone. */
  private static void stamp(byte[] bytes, Protocol protocol, long instance) {
    ByteBuf message = Unpooled.wrappedBuffer(bytes);
    if (Probe.get(message, 0).isPresent()) {
      InetSocketAddress anyone = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
      new Stamp(1, new FiveTuple(protocol, anyone, anyone), 0, instance)
          .set(message, Probe.STAMP_OFFSET);
    }
  }

  private static CheckResult check(Transport transport, int port, Map<String, String> options) {
    Map<String, String> typed = new HashMap<>(options);
    typed.put("transport", transport.label());
    return new CheckRun(Target.parse("127.0.0.1:" + port), settings(typed)).run();
  }

  private static CheckSettings settings(Map<String, String> typed) {
    return CheckSettings.of(ClientKeys.load(typed, Map.of(), null));
  }

  private static String evidence(CheckResult result, int index) {
    return result.findings().get(index).verdict().evidence();
  }
}
