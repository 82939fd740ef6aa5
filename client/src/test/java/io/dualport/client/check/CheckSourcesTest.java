package io.dualport.client.check;

import static io.dualport.client.check.Checking.check;
import static io.dualport.client.check.Checking.evidence;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.PlainEcho;
import io.dualport.client.verdict.Verdict;
import io.dualport.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes from another address or port than was dialled. */
@Tag("slow")
class CheckSourcesTest {
  private static final String TRANSPORTS = "io.dualport.transport.Transport#available";

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

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.WRONG_SOURCE);
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

      CheckedProtocol udp = result.findings().get(0);
      assertThat(udp.finding().verdict()).isEqualTo(Verdict.WRONG_SOURCE);
      assertThat(udp.answeredBy()).isEqualTo("not an echo");
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

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.SILENT);
      assertThat(evidence(result, 0))
          .contains("unlike anything we sent, from 127.0.0.3:" + stranger.getLocalPort());
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

      assertThat(result.findings().get(0).finding().verdict()).isEqualTo(Verdict.WRONG_SOURCE);
      assertThat(evidence(result, 0))
          .contains(" echoes came from 127.0.0.1:" + other.getLocalPort() + " instead of ");
    }
  }
}
