package io.dualport.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.flow.Counter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A counter that has no place on the page is one that nobody sees. */
class PageWordsTest {
  /** The lists that the page is given, with what its words of each begin with. */
  private static final Map<String, String> LISTS =
      Map.of("RATED", "", "DROPS", "drop_", "CLOSES", "close_", "OTHERS", "other_");

  @Test
  void shouldHaveAPlaceForEveryCounter() {
    List<String> placed = new ArrayList<>();
    lists().values().forEach(placed::addAll);

    assertThat(placed)
        .containsExactlyInAnyOrderElementsOf(
            List.of(Counter.values()).stream().map(Counter::key).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"RATED:port.js", "DROPS:drops.js", "CLOSES:drops.js", "OTHERS:drops.js"})
  void shouldShowEveryList(String listAndFile) {
    String[] parts = listAndFile.split(":");
    assertThat(file("/" + parts[1]))
        .containsPattern("\\b" + parts[0] + "\\b.* from './counters.js'");
    assertThat(file("/" + parts[1]))
        .containsPattern("names=\\$\\{.*\\b%1$s\\b|\\b%1$s\\.filter".formatted(parts[0]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/words.en.js", "/words.zh.js"})
  void shouldNameAndExplainEveryCounter(String file) {
    String words = file(file);
    lists()
        .forEach(
            (list, keys) -> {
              for (String key : keys) {
                assertThat(words).contains("  " + LISTS.get(list) + key + ":");
                assertThat(list.equals("RATED") || words.contains("  why_" + key + ":"))
                    .as(key)
                    .isTrue();
              }
            });
  }

  private static Map<String, List<String>> lists() {
    Map<String, List<String>> lists = new LinkedHashMap<>();
    Pattern.compile("export const (\\w+) = \\[(.*)\\];")
        .matcher(file("/counters.js"))
        .results()
        .forEach(
            list -> lists.put(list.group(1), List.of(list.group(2).replace("'", "").split(", "))));
    assertThat(lists.keySet()).isEqualTo(LISTS.keySet());
    return lists;
  }

  private static String file(String path) {
    return new String(new Assets().get(path, null).orElseThrow().body(), StandardCharsets.UTF_8);
  }
}
