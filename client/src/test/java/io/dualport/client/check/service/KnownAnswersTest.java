package io.dualport.client.check.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownAnswersTest {
  private static final byte[] ASKED = "DUALPRB1 and more".getBytes(StandardCharsets.US_ASCII);

  private static Optional<String> named(byte[] answer) {
    return KnownAnswers.of(ASKED, answer);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 400 Bad Request, HTTP",
    "SSH-2.0-OpenSSH_9.2, SSH",
    "SIP/2.0 400 Bad, SIP",
    "PROXY TCP4 10.0.0.1 10.0.0.2 1 2, the PROXY protocol",
    "220 mail ESMTP, SMTP or FTP",
    "DU....PRSERVER_ERROR multi-packet request not supported, ",
  })
  void shouldNameWhatSpeaksText(String answer, String name) {
    assertThat(named(answer.getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(Optional.ofNullable(name));
  }

  @ParameterizedTest
  @CsvSource({
    "15030100020228, TLS (it sent an alert)",
    "0000120400000000000003000000800004000100000005, HTTP/2",
    "4455c184000000000000000000000000, DNS (NOTIMP)",
    "7e10300ea003020105a10302011ea603020144, ",
    "7e11300fa003020105a10302011ea603020144, Kerberos",
    "000000137e11300fa003020105a10302011ea603020144, Kerberos",
    "300c02010078070a010204000400, LDAP",
    "44550000000100005345525645525f4552524f52206e6f, memcached",
  })
  void shouldNameWhatSpeaksInBytes(String hex, String name) {
    assertThat(named(HexFormat.of().parseHex(hex))).isEqualTo(Optional.ofNullable(name));
  }

  @Test
  void shouldNameAnEcho() {
    assertThat(named(ASKED.clone())).contains("echo");
  }

  @Test
  void shouldNameNobodyByChance() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      byte[] anything = new byte[random.nextInt(100)];
      random.nextBytes(anything);
      assertThat(named(anything)).as(HexFormat.of().formatHex(anything)).isEmpty();
    }
  }
}
