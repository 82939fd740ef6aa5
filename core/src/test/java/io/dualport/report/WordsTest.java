package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {
  @ParameterizedTest
  @CsvSource({
    "echo, 0 echoes, 1 echo, 2 echoes",
    "byte, 0 bytes, 1 byte, 2 bytes",
    "address, 0 addresses, 1 address, 2 addresses",
    "query, 0 queries, 1 query, 2 queries",
    "key, 0 keys, 1 key, 2 keys",
    "five-tuple, 0 five-tuples, 1 five-tuple, 2 five-tuples",
    "TCP connection, 0 TCP connections, 1 TCP connection, 2 TCP connections"
  })
  void shouldGiveANounTheFormItsNumberAsksFor(String noun, String none, String one, String two) {
    assertThat(Words.count(0, noun)).isEqualTo(none);
    assertThat(Words.count(1, noun)).isEqualTo(one);
    assertThat(Words.count(2, noun)).isEqualTo(two);
  }

  @Test
  void shouldTakeTheFormsThatNoRuleGives() {
    assertThat(Words.count(1, "reply was", "replies were")).isEqualTo("1 reply was");
    assertThat(Words.count(1234, "reply was", "replies were")).isEqualTo("1234 replies were");
    assertThat(Words.form(2, "it", "they")).isEqualTo("they");
  }

  @Test
  void shouldListAsPeopleDo() {
    assertThat(Words.and(List.of())).isEmpty();
    assertThat(Words.and(List.of(Protocol.UDP))).isEqualTo("UDP");
    assertThat(Words.and(List.of(Protocol.values()))).isEqualTo("TCP and UDP");
    assertThat(Words.and(List.of("a", "b", "c"))).isEqualTo("a, b and c");
    assertThat(Words.or(List.of("a", "b", "c"))).isEqualTo("a, b or c");
  }

  @Test
  void shouldEndASentenceWithOneStop() {
    assertThat(Words.sentence("no reply")).isEqualTo("no reply.");
    assertThat(Words.sentence("No reply. ")).isEqualTo("No reply.");
    assertThat(Words.sentence("is the server up?")).isEqualTo("is the server up?");
    assertThat(Words.clause("no reply.")).isEqualTo("no reply");
    assertThat(Words.clause("and so on...")).isEqualTo("and so on...");
    assertThat(Words.sentences("One.", "", null, "Two")).isEqualTo("One. Two.");
    assertThat(Words.sentences()).isEmpty();
  }
}
