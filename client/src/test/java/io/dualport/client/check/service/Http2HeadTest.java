package io.dualport.client.check.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.client.check.service.Recognition.Kind;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Http2HeadTest {
  private static final String SETTINGS = "000000040000000000";
  private static final String ACKNOWLEDGED = "000000040100000000";

  /** RFC 7541 appendix C.6.1: 302, private, a date, https://www.example.com. */
  private static final String PACKED =
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff"
          + "6e919d29ad171863c78f0b97c8e9ae82ae43d3";

  private final Http2Head question = new Http2Head("example.org:8443");

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  /** A frame of headers on stream 1. */
  private static String headers(String block, int flags) {
    return HexFormat.of().toHexDigits(block.length() / 2, 6)
        + "01"
        + HexFormat.of().toHexDigits(flags, 2)
        + "00000001"
        + block;
  }

  @Test
  void shouldReadStatusAndAlternatives() {
    // Both literals: alt-svc, h3=":443".
    String alternatives =
        "4007616c742d73766309" + HexFormat.of().formatHex(Bytes.of("h3=\":443\""));
    Recognition recognised =
        question.recognise(bytes(SETTINGS + ACKNOWLEDGED + headers("88" + alternatives, 5)));

    assertThat(recognised.what()).isEqualTo("HTTP/2 200");
    assertThat(recognised.alternatives()).isEqualTo("h3=\":443\"");
  }

  @Test
  void shouldReadWhatIsPackedAsTheStandardShowsIt() {
    List<Map.Entry<String, String>> headers = new Hpack().decoded(bytes(PACKED));

    assertThat(headers)
        .extracting(Map.Entry::getValue)
        .containsExactly(
            "302", "private", "Mon, 21 Oct 2013 20:13:21 GMT", "https://www.example.com");
    assertThat(headers.get(0).getKey()).isEqualTo(Hpack.STATUS);
  }

  /** RFC 7541 appendix C.6.2 and C.6.3, on the same connection, whose table has 256 bytes. */
  @Test
  void shouldKeepATableAsTheStandardShowsIt() {
    Hpack hpack = new Hpack();
    hpack.decoded(bytes("3fe101" + PACKED));

    assertThat(hpack.decoded(bytes("4883640effc1c0bf")))
        .extracting(Map.Entry::getValue)
        .containsExactly(
            "307", "private", "Mon, 21 Oct 2013 20:13:21 GMT", "https://www.example.com");
    assertThat(
            hpack.decoded(
                bytes(
                    "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7"
                        + "f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d"
                        + "5007")))
        .extracting(Map.Entry::getValue)
        .contains("200", "gzip", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
  }

  @Test
  void shouldWaitForTheStatusAfterAHint() {
    String hint = headers("4803313033", 4); // 103
    assertThat(question.recognise(bytes(SETTINGS + hint)).kind()).isEqualTo(Kind.INCOMPLETE);
    assertThat(question.recognise(bytes(SETTINGS + hint + headers("8d", 5))).what())
        .isEqualTo("HTTP/2 404");
  }

  @Test
  void shouldJoinPiecesOfHeaders() {
    String rest = "000001" + "09" + "04" + "00000001" + "33";
    assertThat(question.recognise(bytes(SETTINGS + headers("48033230", 0))).kind())
        .isEqualTo(Kind.INCOMPLETE);
    assertThat(question.recognise(bytes(SETTINGS + headers("48033230", 0) + rest)).what())
        .isEqualTo("HTTP/2 203");
  }

  @Test
  void shouldTakeANoForAnAnswer() {
    String goAway = "000008" + "07" + "00" + "00000000" + "00000000" + "0000000d";
    String reset = "000004" + "03" + "00" + "00000001" + "00000007";
    assertThat(question.recognise(bytes(SETTINGS + goAway)).what())
        .isEqualTo("HTTP/2 server (GOAWAY, error 13)");
    assertThat(question.recognise(bytes(SETTINGS + reset)).what())
        .isEqualTo("HTTP/2 server (RST_STREAM, error 7)");
  }

  @Test
  void shouldNotTakeDamageForAnAnswer() {
    byte[] right = bytes(SETTINGS + headers(PACKED, 4));
    for (int length = 0; length < right.length; length++) {
      assertThat(question.recognise(Arrays.copyOf(right, length)).kind())
          .as("%d bytes", length)
          .isEqualTo(Kind.INCOMPLETE);
    }
    assertThat(question.recognise(right).what()).isEqualTo("HTTP/2 302");
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      byte[] damaged = right.clone();
      random.nextBytes(damaged);
      System.arraycopy(right, 0, damaged, 0, 18); // the frames' headers, then anything
      String what = question.recognise(damaged).what();
      assertThat(what).matches("|HTTP/2 [2-5]\\d\\d.*");
    }
  }
}
