package io.dualport.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Part;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Step;
import io.dualport.lab.story.Story;
import io.dualport.report.Format;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class StoryReportTest {
  private static final Prediction RULE =
      Prediction.exactly("rule", "OK", Bilingual.of("meaning"), "source");

  private static final Page PAGE =
      new Page(
          "7",
          Bilingual.of("title"),
          Bilingual.of("question"),
          Bilingual.of("answer"),
          "udp",
          true,
          List.of(),
          List.of(RULE));

  @Test
  void shouldListEachPartOfAPageUnderItsOwnHead() {
    assertThat(StoryReport.list(List.of(PAGE), Format.MARKDOWN, Language.EN).lines())
        .contains(
            "| id | experiment | when | Question | Watch it in Wireshark (PORT: the port above) |",
            "| 7 | title | by its id alone: takes a minute | question | udp |");
  }

  @Test
  void shouldSumUpEachStoryUnderItsOwnHeads() {
    Part part = new Part(Bilingual.of("part"), List.of(new Step.Check(RULE, "OK")), null);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    new StoryReport(out, Format.MARKDOWN, Language.EN, new Colours(false), Machine.here())
        .end(List.of(new Story(PAGE, List.of(part), new TreeSet<>())));

    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .contains("| id | experiment | checked | Verdict |", "| 7 | title | 1 | AS_PREDICTED |");
  }
}
