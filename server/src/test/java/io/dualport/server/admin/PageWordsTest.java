package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A counter that has no place on the page is one that nobody sees. */
class PageWordsTest {
  @ParameterizedTest
  @ValueSource(strings = {"words.en.js", "words.zh.js"})
  void shouldNameAndExplainEveryReason(String file) throws Exception {
    String words;
    try (InputStream in = AdminServer.class.getResourceAsStream("page/" + file)) {
      words = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    assertNamed(words, "drop_", Counter.drops());
    assertNamed(words, "close_", Counter.closes());
  }

  private static void assertNamed(String words, String kind, List<Counter> counters) {
    for (Counter counter : counters) {
      assertThat(words).contains(kind + counter.key() + ":", "why_" + counter.key() + ":");
    }
  }
}
