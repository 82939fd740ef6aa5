package io.dualport.lab.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableWordsTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "EXPERIMENTS.zh-CN.md");

  @Test
  void shouldPutHeadersAndWordsInChineseAndLeaveNamesAlone() {
    Table table =
        Table.titled("")
            .column("state", "state")
            .column("named", "named")
            .row("LISTEN", "tcp only")
            .build();

    assertThat(Format.TEXT.render(TableWords.in(table, Language.ZH)))
        .isEqualTo("状态    有名字的协议\nLISTEN  仅 tcp\n");
    assertThat(TableWords.in(table, Language.EN)).isSameAs(table);
  }

  /** Every table that an experiment shows stands in the document. */
  @Test
  void shouldKnowEveryHeaderOfTheChineseDocument() throws Exception {
    List<String> lines = Files.readAllLines(DOCUMENT);
    List<String> unknown = new ArrayList<>();
    for (int i = 1; i < lines.size() && !lines.get(i).startsWith("## 矩阵"); i++) {
      if (lines.get(i).startsWith("| ---")) {
        for (String header : lines.get(i - 1).split("\\|")) {
          boolean chinese = header.codePoints().anyMatch(Character::isIdeographic);
          if (!chinese && !TableWords.knows(header.strip())) {
            unknown.add(header.strip());
          }
        }
      }
    }

    assertThat(unknown).isEmpty();
  }
}
