package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.command.ExitStatus;
import io.dualport.client.target.Target;
import io.dualport.client.verdict.Verdict;
import io.dualport.report.Format;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Services, not echoes, on both protocols; each is a few lines here, which misbehave as told. */
class CheckServicesTest {
  private static final int TC = 0x02;

  /** A DNS server that refuses: the question with QR set, its code 5, and more flags. */
  private static byte[] refused(byte[] query, int start, int flags) {
    byte[] answer = query.clone();
    answer[start + 2] |= (byte) (0x80 | flags);
    answer[start + 3] = 5;
    return answer;
  }

  private static final PlainEcho.Conversation TCP_DNS =
      socket -> socket.getOutputStream().write(refused(read(socket), 2, 0));

  private static final PlainEcho.Answer UDP_DNS =
      (datagram, from) -> List.of(refused(datagram, 0, 0));

  /** What one segment brings, which on loopback is all that was sent at once. */
  private static byte[] read(Socket socket) throws IOException {
    byte[] buffer = new byte[65536];
    int length = socket.getInputStream().read(buffer);
    return Arrays.copyOf(buffer, Math.max(0, length));
  }

  private static PlainEcho.Conversation saying(String text) {
    return socket -> {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      readToEnd(socket);
    };
  }

  private static void readToEnd(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    while (in.read() >= 0) {
      continue;
    }
  }

  private static CheckResult check(PlainEcho server, String... options) {
    Map<String, String> typed = new HashMap<>();
    typed.put("check.as", "dns");
    typed.put("timeout", "600ms");
    for (int i = 0; i < options.length; i += 2) {
      typed.put(options[i], options[i + 1]);
    }
    return new CheckRun(Target.parse("localhost:" + server.port()), settings(typed)).run();
  }

  private static CheckSettings settings(Map<String, String> typed) {
    typed.put("check.family", "ipv4");
    return Checking.settings(typed);
  }

  private static CheckedProtocol tcp(CheckResult result) {
    return result.findings().get(0);
  }

  private static CheckedProtocol udp(CheckResult result) {
    return result.findings().get(1);
  }

  private static Verdict verdict(CheckedProtocol found) {
    return found.finding().verdict();
  }

  @Test
  void shouldBeOpenWhereBothAnswer() throws Exception {
    try (PlainEcho server = PlainEcho.start(TCP_DNS, UDP_DNS)) {
      CheckResult result = check(server);

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.OPEN);
      assertThat(result.findings())
          .extracting(CheckedProtocol::answeredBy)
          .containsOnly("DNS server (REFUSED)");
      assertThat(udp(result).finding().evidence()).contains("EDNS 1232").contains("EDNS 4096");
      assertThat(server.tcpPeers()).hasSize(1);
      assertThat(server.udpPeers()).hasSize(2);
      assertThat(new CheckReport(result).render(Format.TEXT)).contains(" as dns (127.0.0.1:");
    }
  }

  @Test
  void shouldAskThreeTimesAndSayThatTheServerMayNotOfferIt() throws Exception {
    try (PlainEcho server = PlainEcho.start(TCP_DNS, PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(server);

      assertThat(result.exitStatus()).isEqualTo(ExitStatus.NOT_OPEN);
      assertThat(verdict(udp(result))).isEqualTo(Verdict.SILENT);
      assertThat(udp(result).finding().advice())
          .startsWith("this server may not offer DNS over UDP");
      assertThat(server.udpPeers()).hasSize(ServiceDatagrams.ATTEMPTS);
    }
  }

  @Test
  void shouldSaySoOfARefusedProtocolToo() throws Exception {
    try (DatagramSocket server =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      Thread answering =
          new Thread(
              () -> {
                DatagramPacket packet = new DatagramPacket(new byte[512], 512);
                try {
                  while (true) {
                    server.receive(packet);
                    byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
                    byte[] answer = refused(query, 0, 0);
                    server.send(
                        new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                  }
                } catch (IOException closed) {
                  return;
                }
              });
      answering.start();
      Map<String, String> typed = new HashMap<>(Map.of("check.as", "dns", "timeout", "600ms"));
      CheckResult result =
          new CheckRun(Target.parse("localhost:" + server.getLocalPort()), settings(typed)).run();

      assertThat(verdict(udp(result))).isEqualTo(Verdict.OPEN);
      assertThat(verdict(tcp(result))).isEqualTo(Verdict.REFUSED);
      assertThat(tcp(result).finding().advice())
          .startsWith("this server may not offer DNS over TCP");
      server.close();
      answering.join();
    }
  }

  @Test
  void shouldNameAnotherServiceOverTcp() throws Exception {
    try (PlainEcho server = PlainEcho.start(saying("SSH-2.0-OpenSSH_9.2\r\n"), UDP_DNS)) {
      CheckResult result = check(server);

      assertThat(verdict(tcp(result))).isEqualTo(Verdict.OTHER_SERVICE);
      assertThat(tcp(result).answeredBy()).isEqualTo("SSH");
    }
  }

  @Test
  void shouldNameAnotherServiceBeforeTlsComesToStand() throws Exception {
    try (PlainEcho server =
        PlainEcho.start(saying("HTTP/1.1 400 Bad Request\r\n\r\n"), PlainEcho.UDP_ECHO)) {
      CheckResult result = check(server, "check.as", "https");

      assertThat(result.findings())
          .extracting(CheckServicesTest::verdict)
          .containsOnly(Verdict.OTHER_SERVICE);
      assertThat(tcp(result).answeredBy()).isEqualTo("HTTP");
      assertThat(udp(result).answeredBy()).isEqualTo("echo");
    }
  }

  @Test
  void shouldNameAnEchoThatIsAskedForHttps() throws Exception {
    try (PlainEcho server = PlainEcho.good()) {
      CheckedProtocol found = tcp(check(server, "check.as", "https"));

      assertThat(verdict(found)).isEqualTo(Verdict.OTHER_SERVICE);
      assertThat(found.answeredBy()).isEqualTo("echo");
    }
  }

  /** A record of TLS, and nothing in it that a server would say. */
  @Test
  void shouldNotNameWhoBreaksTheHandshakeOfTls() throws Exception {
    try (PlainEcho server =
        PlainEcho.start(saying("\26\3\3\0\4\100\0\0\0"), PlainEcho.UDP_SILENCE)) {
      CheckedProtocol found = tcp(check(server, "check.as", "https"));

      assertThat(verdict(found)).isEqualTo(Verdict.FAILED);
      assertThat(found.answeredBy()).isNull();
    }
  }

  @Test
  void shouldTakeAnAnswerWithAnotherIdForNoAnswer() throws Exception {
    PlainEcho.Answer other =
        (datagram, from) -> {
          byte[] answer = refused(datagram, 0, 0);
          answer[0] ^= 1;
          return List.of(answer);
        };
    try (PlainEcho server = PlainEcho.start(TCP_DNS, other)) {
      CheckedProtocol found = udp(check(server));

      assertThat(verdict(found)).isEqualTo(Verdict.CORRUPTED);
      assertThat(found.answeredBy()).isNull();
    }
  }

  /** A service is no other than itself, whatever it answers. */
  @ParameterizedTest
  @CsvSource({
    "sip, SIP/2.0 200 OK%nCall-ID: another%nContent-Length: 0%n%n, SIP",
    "memcached, ERROR%n, memcached",
  })
  void shouldNotTakeAServiceForAnotherBecauseOfItsAnswer(
      String service, String answer, String known) throws Exception {
    try (PlainEcho server =
        PlainEcho.start(saying(answer.replace("%n", "\r\n")), PlainEcho.UDP_SILENCE)) {
      CheckedProtocol found = tcp(check(server, "check.as", service));

      assertThat(verdict(found)).isEqualTo(Verdict.CORRUPTED);
      assertThat(found.finding().evidence())
          .endsWith("that is " + known + ", but not the answer to our question");
    }
  }

  @Test
  void shouldTellAnAnswerThatIsCut() throws Exception {
    PlainEcho.Answer cut =
        (datagram, from) -> List.of(Arrays.copyOf(refused(datagram, 0, 0), datagram.length - 3));
    PlainEcho.Conversation half =
        socket -> {
          byte[] answer = refused(read(socket), 2, 0);
          socket.getOutputStream().write(answer, 0, answer.length - 3);
        };
    try (PlainEcho server = PlainEcho.start(half, cut)) {
      CheckResult result = check(server);

      assertThat(verdict(tcp(result))).isEqualTo(Verdict.CLOSED_EARLY);
      assertThat(verdict(udp(result))).isEqualTo(Verdict.TRUNCATED);
    }
  }

  @Test
  void shouldBlameNoFirewallForAConnectionThatIsSilent() throws Exception {
    try (PlainEcho server = PlainEcho.start(CheckServicesTest::readToEnd, PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(server);

      assertThat(verdict(tcp(result))).isEqualTo(Verdict.SILENT);
      assertThat(tcp(result).finding().advice()).doesNotContain("firewall").contains("--as");
      assertThat(udp(result).finding().advice())
          .startsWith("a service that does not answer this question (--as");
    }
  }

  @Test
  void shouldTellASizeThatIsLostFromAServerThatStopped() throws Exception {
    PlainEcho.Answer small =
        (datagram, from) -> datagram.length > 1252 ? List.of() : List.of(negotiated(datagram));
    try (PlainEcho server = PlainEcho.udp(small)) {
      CheckedProtocol found = udp(check(server, "check.as", "https"));

      assertThat(verdict(found)).isEqualTo(Verdict.LARGE_LOST);
      assertThat(found.largestBytes()).isEqualTo(1252);
      assertThat(found.answeredBy()).isEqualTo("QUIC server (version 1)");
    }
    AtomicInteger asked = new AtomicInteger();
    PlainEcho.Answer once =
        (datagram, from) -> asked.incrementAndGet() > 1 ? List.of() : List.of(negotiated(datagram));
    try (PlainEcho server = PlainEcho.udp(once)) {
      CheckedProtocol found = udp(check(server, "check.as", "https"));

      assertThat(verdict(found)).isEqualTo(Verdict.SILENT);
      assertThat(found.finding().advice()).contains("rate limit");
    }
  }

  /** Version Negotiation: both connection ids, swapped, and a version. */
  private static byte[] negotiated(byte[] packet) {
    byte[] answer = new byte[27];
    answer[0] = (byte) 0x80;
    System.arraycopy(packet, 14, answer, 5, 9);
    System.arraycopy(packet, 5, answer, 14, 9);
    answer[26] = 1;
    return answer;
  }

  @Test
  void shouldNotTakeALateAnswerForTheAnswerToTheNextSize() throws Exception {
    PlainEcho.Answer twice =
        (datagram, from) -> List.of(refused(datagram, 0, 0), refused(datagram, 0, TC));
    try (PlainEcho server = PlainEcho.start(TCP_DNS, twice)) {
      CheckedProtocol found = udp(check(server));

      assertThat(verdict(found)).isEqualTo(Verdict.OPEN);
      assertThat(server.udpPeers()).hasSize(2);
    }
  }

  @Test
  void shouldTellAnEmptyDatagramOfARelayWithoutBackend() throws Exception {
    try (PlainEcho server = PlainEcho.start(TCP_DNS, (datagram, from) -> List.of(new byte[0]))) {
      CheckedProtocol found = udp(check(server));

      assertThat(verdict(found)).isEqualTo(Verdict.CORRUPTED);
      assertThat(found.finding().advice()).contains("backend is gone");
    }
  }

  @Test
  void shouldNameEveryServiceInTheHelp() {
    String label =
        new CommandLine(new CheckCommand()).getCommandSpec().findOption("--as").paramLabel();

    assertThat(label.split("\\|")).containsExactlyElementsOf(ServiceChoice.all());
  }

  @Test
  void shouldSendAndExpectWhatTheUserSays() throws Exception {
    PlainEcho.Conversation pong =
        socket -> {
          String said = new String(read(socket), StandardCharsets.US_ASCII);
          socket.getOutputStream().write(said.equals("ping") ? "pong tcp".getBytes() : new byte[1]);
        };
    try (PlainEcho server =
        PlainEcho.start(pong, (datagram, from) -> List.of("pong udp".getBytes()))) {
      CheckResult result =
          check(server, "check.as", "auto", "check.send", "ping", "check.expect", "hex:706f6e67");
      assertThat(result.isOpen()).isTrue();

      CheckResult other =
          check(server, "check.as", "auto", "check.send", "ping", "check.expect", "pong tcp");
      assertThat(verdict(tcp(other))).isEqualTo(Verdict.OPEN);
      assertThat(verdict(udp(other))).isEqualTo(Verdict.CORRUPTED);
      assertThat(udp(other).finding().evidence())
          .endsWith(": not an answer that begins \"pong tcp\"");

      CheckResult any =
          check(
              server,
              "check.as",
              "auto",
              "check.send-tcp",
              "other",
              "check.send-udp",
              "hex:00",
              "check.expect-any",
              "on");
      assertThat(any.isOpen()).isTrue();
    }
  }

  @Test
  void shouldNotTakeAnAnswerForAnotherServiceWhoseBeginningWasExpected() throws Exception {
    try (PlainEcho server =
        PlainEcho.start(saying("HTTP/1.1 503 Busy\r\n\r\n"), PlainEcho.UDP_SILENCE)) {
      CheckedProtocol found =
          tcp(
              check(
                  server,
                  "check.as",
                  "auto",
                  "check.send",
                  "HEAD / HTTP/1.0\r\n\r\n",
                  "check.expect",
                  "HTTP/1.1 200"));

      assertThat(verdict(found)).isEqualTo(Verdict.CORRUPTED);
      assertThat(found.finding().evidence())
          .endsWith("that is HTTP, but not an answer that begins \"HTTP/1.1 200\"");
    }
  }
}
