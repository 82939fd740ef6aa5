package io.dualport.client.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.check.service.Service;
import io.dualport.client.check.service.Services;
import io.dualport.client.target.Target;
import io.dualport.client.verdict.Finding;
import io.dualport.client.verdict.Verdict;
import io.dualport.flow.Protocol;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherProtocolTest {
  private static final InetSocketAddress REMOTE = new InetSocketAddress("127.0.0.1", 443);
  private static final Service HTTPS =
      Services.named("https", new Target("localhost", 443)).orElseThrow();

  private static CheckedProtocol found(
      Protocol protocol, Verdict verdict, Long connectNanos, String alternatives) {
    return new CheckedProtocol(
        protocol,
        REMOTE.getAddress(),
        verdict.because("what was seen", "a firewall"),
        null,
        1L,
        connectNanos,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        alternatives,
        Set.of());
  }

  private static Finding udp(Verdict verdict, String alternatives) {
    CheckedProtocol tcp = found(Protocol.TCP, Verdict.OPEN, 1L, alternatives);
    return OtherProtocol.told(HTTPS, REMOTE, List.of(tcp, found(Protocol.UDP, verdict, null, null)))
        .get(1)
        .finding();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '\'',
      value = {
        "h3=\":443\" true",
        "'h2=\":443\", h3-29=\":443\"; ma=60' true",
        "h3=\":8443\" false",
        "h3=\"other.example:443\" false",
        "clear false",
      })
  void shouldTellAPromiseOfHttp3ThatIsNotKept(String alternatives, boolean isPromise) {
    for (Verdict verdict : List.of(Verdict.SILENT, Verdict.REFUSED)) {
      Finding finding = udp(verdict, alternatives);

      assertThat(finding.evidence().contains("promises HTTP/3 here")).isEqualTo(isPromise);
      assertThat(finding.advice().startsWith("this server may not offer HTTP/3"))
          .isEqualTo(!isPromise);
    }
  }

  @Test
  void shouldLeaveWhatWasAnsweredAsItIs() {
    assertThat(udp(Verdict.OPEN, "h3=\":443\"").advice()).isEqualTo("a firewall");
    assertThat(udp(Verdict.WRONG_SOURCE, null).advice()).isEqualTo("a firewall");
  }

  @Test
  void shouldNotExcuseAHostThatAnswersNothing() {
    List<CheckedProtocol> told =
        OtherProtocol.told(
            HTTPS,
            REMOTE,
            List.of(
                found(Protocol.TCP, Verdict.SILENT, null, null),
                found(Protocol.UDP, Verdict.SILENT, null, null)));

    assertThat(told).extracting(one -> one.finding().advice()).containsOnly("a firewall");
  }

  @Test
  void shouldSuspectThePathOfAConnectionWhereLargeDatagramsGetLost() {
    List<CheckedProtocol> told =
        OtherProtocol.told(
            HTTPS,
            REMOTE,
            List.of(
                found(Protocol.TCP, Verdict.SILENT, 1L, null),
                found(Protocol.UDP, Verdict.LARGE_LOST, null, null)));

    assertThat(told.get(0).finding().advice()).startsWith("a smaller MTU on the way");
  }
}
