package io.dualport.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.report.Format;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuestionsReportTest {
  @Test
  void shouldShowEachPartOfAClaimUnderItsOwnKey() throws Exception {
    Claim claim =
        new Claim(
            Claim.Article.COMMON_BELIEF,
            Claim.Effect.REFINES,
            Bilingual.of("said"),
            Bilingual.of("found"));
    Page page =
        new Page(
            "7",
            Bilingual.of("title"),
            Bilingual.of("question"),
            Bilingual.of("answer"),
            "udp",
            false,
            List.of(claim),
            List.of());
    QuestionsReport report = new QuestionsReport(List.of(page), Language.EN);

    JsonNode row =
        new ObjectMapper()
            .readTree(report.render(Format.JSON, new Colours(false)))
            .get("rows")
            .get(0);

    assertThat(row.toString())
        .isEqualTo(
            "{\"article\":\"common belief\",\"said\":\"said\",\"chapter\":\"7\","
                + "\"today\":\"conditional\",\"found\":\"found\"}");
  }
}
