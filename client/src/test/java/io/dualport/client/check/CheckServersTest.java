package io.dualport.client.check;

import static io.dualport.client.check.Checking.check;
import static io.dualport.client.check.Checking.evidence;
import static io.dualport.client.check.Checking.stamp;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import io.dualport.transport.Transport;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is there instead of an echo, or before one. */
class CheckServersTest {
  private static final Charset LATIN_1 = StandardCharsets.ISO_8859_1;
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

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

      for (CheckedProtocol finding : result.findings()) {
        assertThat(finding.finding().verdict()).isEqualTo(Verdict.OTHER_SERVICE);
        assertThat(finding.finding().evidence())
            .containsPattern("nothing (like what )?we sent: \"SSH-2.0-None");
        assertThat(finding.finding().evidence()).doesNotContain("\u001b");
        assertThat(finding.answeredBy()).isEqualTo("SSH");
      }
    }
  }

  /** DNS servers (NOTIMP) send the whole question back but for two bytes. */
  @Test
  void shouldNotTakeWhatSendsMostOfTheMessageBackForAnEcho() throws Exception {
    PlainEcho.Answer notImplemented =
        (datagram, from) -> {
          byte[] answer = datagram.clone();
          answer[2] |= (byte) 0x80;
          answer[3] = 4;
          return List.of(answer);
        };
    try (PlainEcho server = PlainEcho.udp(notImplemented)) {
      CheckedProtocol udp =
          check(Transport.automatic(), server.port(), Map.of("protocol", "udp")).findings().get(0);

      assertThat(udp.finding().verdict()).isEqualTo(Verdict.OTHER_SERVICE);
      assertThat(udp.answeredBy()).isEqualTo("DNS (NOTIMP)");
    }
  }

  @Test
  void shouldNotNameWhatNobodyKnows() throws Exception {
    try (PlainEcho echo =
        PlainEcho.udp((datagram, from) -> List.of("anything".getBytes(LATIN_1)))) {
      CheckedProtocol udp =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp")).findings().get(0);

      assertThat(udp.finding().verdict()).isEqualTo(Verdict.CORRUPTED);
      assertThat(udp.answeredBy()).isEqualTo("not an echo");
    }
  }

  @Test
  void shouldSayThatAServiceMayNotAnswerAnEchosQuestion() throws Exception {
    try (PlainEcho server =
        PlainEcho.start(socket -> socket.getInputStream().readAllBytes(), PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(Transport.automatic(), server.port(), Map.of("timeout", "300ms"));

      for (CheckedProtocol found : result.findings()) {
        assertThat(found.finding().advice())
            .startsWith("a service that does not answer an echo's question (--as");
      }
    }
    try (PlainEcho echo = PlainEcho.udp(PlainEcho.UDP_SILENCE)) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of("timeout", "300ms"));

      assertThat(result.findings().get(1).finding().advice()).startsWith("a firewall");
    }
  }

  @Test
  void shouldNotCallAnEmptyAnswerAnEcho() throws Exception {
    try (PlainEcho echo = PlainEcho.udp((datagram, from) -> List.of(new byte[0]))) {
      CheckResult result = check(Transport.automatic(), echo.port(), Map.of("protocol", "udp"));

      CheckedProtocol udp = result.findings().get(0);
      assertThat(udp.finding().verdict()).isEqualTo(Verdict.CORRUPTED);
      assertThat(udp.answeredBy()).isEqualTo("not an echo");
      assertThat(evidence(result, 0))
          .startsWith("a datagram of 128 bytes was answered after ")
          .endsWith(" with an empty one");
      assertThat(udp.finding().advice())
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
      CheckedProtocol udp =
          check(Transport.automatic(), echo.port(), Map.of("protocol", "udp")).findings().get(0);

      assertThat(udp.finding().verdict()).isEqualTo(Verdict.TRUNCATED);
      assertThat(udp.answeredBy())
          .isEqualTo(
              "dualport, instance 0000000000000005, behind a relay that cuts datagrams at 16384"
                  + " bytes (as nginx does)");
      assertThat(udp.finding().advice())
          .isEqualTo(
              "a receive buffer of 16384 bytes in a relay or load balancer before the server, which"
                  + " itself never cuts");
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

      for (CheckedProtocol finding : result.findings()) {
        assertThat(finding.finding().verdict()).isEqualTo(Verdict.CORRUPTED);
        assertThat(finding.finding().evidence())
            .contains(
                "begins with a PROXY protocol header of version "
                    + version
                    + ", "
                    + (version == 1 ? "\"" + said + "\"" : said));
        assertThat(finding.finding().advice()).startsWith("the load balancer's PROXY protocol");
        assertThat(finding.answeredBy()).isEqualTo("an echo");
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

      CheckedProtocol tcp = result.findings().get(0);
      assertThat(tcp.finding().verdict()).isEqualTo(Verdict.OTHER_SERVICE);
      assertThat(evidence(result, 0)).contains("like nothing we sent: \"HTTP/1.0 400 Bad");
      assertThat(tcp.answeredBy()).isEqualTo("HTTP");
      assertThat(tcp.finding().advice()).startsWith("another service").doesNotContain("firewall");
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

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.SILENT);
      assertThat(evidence(result, 0)).endsWith("; they came back after a blank line and our FIN");
      assertThat(result.findings().get(0).answeredBy()).isEqualTo("an echo");
    }
  }
}
