package io.dualport.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
  private static final List<String> COMMANDS =
      List.of("send", "check", "load", "merge", "verify", "completion");

  @ParameterizedTest
  @CsvSource({
    "chek, check",
    "chekc, check",
    "checck, check",
    "vheck, check",
    "sned, send",
    "laod, load",
    "verifiy, verify",
    "comp, completion",
    "complete, completion",
    "me, merge",
    "l, ''",
    "localhost, ''",
    "host, ''",
    "test, ''",
    "lab, ''",
    "server, ''",
    "8888, ''",
    "'', ''"
  })
  void shouldFindTheWordThatWasMeant(String typed, String meant) {
    assertThat(Spelling.nearest(typed, COMMANDS).orElse("")).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"--prot, --port", "--rate, --rate", "--fo, ''", "--wat, ''"})
  void shouldTakeTheNearestOfSeveralAndNoneOfEquals(String typed, String meant) {
    List<String> options = List.of("--port", "--rate", "--rates", "--format", "--fold");

    assertThat(Spelling.nearest(typed, options).orElse("")).isEqualTo(meant);
  }
}
