package io.dualport.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.lab.experiment.Experiment;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Prediction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the documents say of the experiments is what the experiments say of themselves; this needs
 * no run. That a run shows the same is a test of the jar.
 */
class DocumentsTest {
  @ParameterizedTest
  @EnumSource(Language.class)
  void shouldStandInTheDocumentAsTheyAre(Language language) throws Exception {
    String name = language == Language.EN ? "EXPERIMENTS.md" : "EXPERIMENTS.zh-CN.md";
    String document = plain(Files.readString(Path.of("..", "docs", name)));
    List<Experiment> experiments =
        Experiments.all().stream().filter(experiment -> !experiment.page().isLong()).toList();

    String headings =
        experiments.stream()
            .map(Experiment::page)
            .map(page -> "## " + page.id() + ". " + page.title().in(language))
            .collect(Collectors.joining("\n"));
    assertThat(document.lines().filter(line -> line.matches("## \\d.*")))
        .containsExactlyElementsOf(headings.lines().toList());
    for (Experiment experiment : experiments) {
      Page page = experiment.page();
      assertThat(document).containsPattern(withPorts(page.filter()));
      assertThat(document).contains(page.answer().in(language));
      for (Prediction prediction : page.predictions()) {
        assertThat(document)
            .as("run docs/experiments and commit what it writes: docs/%s is out of date", name)
            .contains("`" + prediction.name() + "` = `" + prediction.expected() + "`")
            .contains(prediction.source());
      }
      assertThat(texts(page))
          .allSatisfy(
              text ->
                  assertThat(document)
                      .as("run docs/experiments and commit what it writes: docs/%s", name)
                      .contains(text.in(language)));
    }
  }

  /** The filter as a run shows it: with its ports, one or several. */
  private static Pattern withPorts(String filter) {
    return Pattern.compile(
        "`" + Pattern.quote(filter).replace("== PORT", "\\E(== \\d+|in \\{[0-9, ]+})\\Q") + "`");
  }

  private static List<Bilingual> texts(Page page) {
    return Stream.of(
            Stream.of(page.question()),
            page.predictions().stream().map(Prediction::meaning),
            page.claims().stream().flatMap(claim -> Stream.of(claim.said(), claim.found())))
        .flatMap(text -> text)
        .toList();
  }

  /** Without the escapes of Markdown. */
  private static String plain(String markdown) {
    return markdown.replaceAll("\\\\([*_\\[])", "$1").replace("&lt;", "<").replace("&amp;", "&");
  }
}
