package io.dualport.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The command line, as typed. */
class DualLabMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private LabExit run(String... args) {
    return DualLabMain.start(args, Map.of("TERM", "xterm"), printer(out), printer(err));
  }

  private static PrintStream printer(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shouldListEveryExperiment() {
    assertThat(run("list")).isEqualTo(LabExit.AS_PREDICTED);

    Experiments.all()
        .forEach(
            experiment -> assertThat(out()).contains(experiment.page().title().in(Language.EN)));
    assertThat(err()).isEmpty();
  }

  @Test
  void shouldListInChineseWithTheQuestionsWhereThereIsRoom() {
    assertThat(run("list", "--lang", "zh", "--format", "markdown")).isEqualTo(LabExit.AS_PREDICTED);

    Experiments.all()
        .forEach(
            experiment -> assertThat(out()).contains(experiment.page().question().in(Language.ZH)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "run 99|no experiment '99'",
        "run quantum port|no experiment 'quantum port', and none speaks of it: use all, or one of"
            + " 1,",
        "run SO_REUSEADDR|several experiments speak of 'SO_REUSEADDR': use one of ",
        "run|Missing required parameter: 'ID'",
        "run 1 --format xml|unknown format 'xml': use one of text, markdown, json",
        "run 1 --lang fr|unknown language 'fr': use one of en, zh",
        "run 1 --color blue|unknown --color 'blue': use one of auto, always, never",
        "explode|unknown command 'explode': known are list, questions, run, matrix, docs",
        "lsit|unknown command 'lsit': did you mean list?",
        "run 1 --langue fr|unknown option '--langue': did you mean --lang?",
        "matrix --lang de|unknown language 'de'",
        "docs /nowhere/at/all|/nowhere/at/all is not a folder that can be written to",
      })
  void shouldRefuseWhatItDoesNotKnowAndSayWhatIsAllowed(String line, String said) {
    assertThat(run(line.split(" "))).isEqualTo(LabExit.REFUSED_INPUT);

    assertThat(err()).startsWith("dual-lab: ").contains(said).contains("--help");
    assertThat(out()).isEmpty();
  }

  @Test
  void shouldShowItsUsageWhereNothingWasTyped() {
    assertThat(run()).isEqualTo(LabExit.REFUSED_INPUT);
    assertThat(err()).contains("dual-lab run 10");
  }

  @Test
  void shouldTellAStoryAsText() {
    assertThat(run("run", "1", "01")).as(out()).isEqualTo(LabExit.AS_PREDICTED);

    assertThat(out())
        .containsOnlyOnce("1. TCP and UDP on one port")
        .contains("EADDRINUSE Address already in use", "AS_PREDICTED udp-beside-tcp", "1.2 ")
        .doesNotContain("\u001b[");
    assertThat(out().lines().filter(line -> line.contains("= OK")).count()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"two processes,1", "Address already in use,10", "四次挥手,11"})
  void shouldFindTheExperimentThatSpeaksOfWhatWasTyped(String words, String id) {
    List<String> found =
        Experiments.named(List.of(words.split(" "))).stream().map(one -> one.page().id()).toList();

    assertThat(found).containsExactly(id);
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void shouldListWhatTheArticlesAskWithTheExperimentThatAnswers(Language language) {
    for (String format : List.of("text", "markdown", "json")) {
      run("questions", "--format", format, "--lang", language.label());
    }
    String plain = out().replaceAll("\\s+", "");

    for (Page page : Experiments.pages()) {
      for (Claim claim : page.claims()) {
        assertThat(plain)
            .contains(claim.said().in(language).replaceAll("\\s+", ""))
            .contains(page.id() + "," + claim.effect().today().in(language).replaceAll("\\s", ""));
      }
    }
  }

  @Test
  void shouldColourWhereAsked() {
    run("run", "1", "--color", "always");
    assertThat(out()).contains("\u001b[32mAS_PREDICTED\u001b[0m");
  }

  @Test
  void shouldTellAStoryInChinese() {
    assertThat(run("run", "1", "--lang", "zh")).isEqualTo(LabExit.AS_PREDICTED);
    assertThat(out()).contains("问题：", "规则的预测", "内核的表", "总结").doesNotContain("Question");
  }

  @Test
  void shouldTellAStoryAsJson() throws Exception {
    assertThat(run("run", "1", "--format", "json")).isEqualTo(LabExit.AS_PREDICTED);

    JsonNode document = new ObjectMapper().readTree(out());
    JsonNode experiment = document.get("experiments").get(0);
    assertThat(document.get("kernel").asText()).isEqualTo(System.getProperty("os.version"));
    assertThat(experiment.get("verdict").asText()).isEqualTo("AS_PREDICTED");
    assertThat(experiment.findValuesAsText("errno")).contains("EADDRINUSE");
    assertThat(experiment.findValuesAsText("kind")).contains("call", "check");
  }
}
