package io.dualport.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FormatTest {
  private static final Table FLOWS =
      Table.titled("Flows")
          .column("PROTO", "protocol")
          .numbers("RTT", "rttNanos")
          .column("OWNER", "owner")
          .row("tcp", Cell.duration(45_000), "java (pid 1)")
          .row("udp", null, null)
          .note("since the start")
          .build();

  private static final String HOSTILE = "\u001b[2J\u009b2J\u007f\r\n\t\u202egnp\uDB40\uDC41";

  @Test
  void shouldAlignText() {
    assertThat(Format.TEXT.render(FLOWS))
        .isEqualTo(
            """
            Flows
            PROTO    RTT  OWNER
            tcp    45 µs  java (pid 1)
            udp        -  -
            since the start
            """);
  }

  @Test
  void shouldLeaveNoBlanksAtTheEndOfALine() {
    Table table = Table.titled("").column("A", "a").column("B", "b").row("long one", "").build();

    assertThat(Format.TEXT.render(table)).isEqualTo("A         B\nlong one\n");
  }

  @Test
  void shouldSayThatATextTableIsEmpty() {
    Table table = Table.titled("Flows").column("A", "a").build();

    assertThat(Format.TEXT.render(table)).isEqualTo("Flows\nA\n(none)\n");
    assertThat(table).hasToString("Flows\nA\n(none)\n");
  }

  @Test
  void shouldAlignWideAndCombiningCharacters() {
    Table table =
        Table.titled("").column("协议", "a").column("B", "b").row("端口号", 1).row("e\u0301", 2).build();

    assertThat(Format.TEXT.render(table)).isEqualTo("协议    B\n端口号  1\ne\u0301       2\n");
  }

  @Test
  void shouldWriteMarkdown() {
    assertThat(Format.MARKDOWN.render(FLOWS))
        .isEqualTo(
            """
            ### Flows

            | PROTO | RTT | OWNER |
            | --- | ---: | --- |
            | tcp | 45 µs | java (pid 1) |
            | udp | - | - |

            since the start
            """);
  }

  @Test
  void shouldEscapeWhatMarkdownWouldObey() {
    Table table =
        Table.titled("").column("A", "a").row("a|b\\|c\nd").row("<b> & *:1 `x` [y](z)").build();

    assertThat(Format.MARKDOWN.render(table))
        .isEqualTo(
            """
            | A |
            | --- |
            | a\\|b\\\\\\|c<br>d |
            | &lt;b&gt; &amp; \\*:1 \\`x\\` \\[y](z) |
            """);
  }

  @Test
  void shouldKeepNumbersNumbersInJson() throws Exception {
    Table table =
        Table.titled("Größe")
            .numbers("N", "n")
            .numbers("M", "m")
            .column("S", "s")
            .row(Long.MAX_VALUE, new BigDecimal("1e10"), "µ \uD83D\uDE00")
            .row(0.1, null, "7")
            .build();
    String json = Format.JSON.render(table);

    JsonNode root = new ObjectMapper().readTree(json);
    assertThat(root.fieldNames()).toIterable().containsExactly("title", "rows");
    assertThat(root.get("title").textValue()).isEqualTo("Größe");
    assertThat(root.at("/rows/0/n").longValue()).isEqualTo(Long.MAX_VALUE);
    assertThat(json).contains("\"m\" : 10000000000,");
    assertThat(root.at("/rows/0/s").textValue()).isEqualTo("µ \uD83D\uDE00");
    assertThat(root.at("/rows/1/n").isNumber()).isTrue();
    assertThat(root.at("/rows/1/m").isNull()).isTrue();
    assertThat(root.at("/rows/1/s").isTextual()).isTrue();
    assertThat(json).endsWith("}\n");
  }

  @Test
  void shouldGiveProgramsNanosecondsAndNotes() throws Exception {
    JsonNode root = new ObjectMapper().readTree(Format.JSON.render(FLOWS));

    assertThat(root.at("/rows/0/rttNanos").longValue()).isEqualTo(45_000);
    assertThat(root.at("/notes/0").textValue()).isEqualTo("since the start");
  }

  @Test
  void shouldJoinTablesInOneDocument() throws Exception {
    Table other = Table.titled("Other").column("A", "a").row("x").build();
    List<Table> tables = List.of(FLOWS, other);

    assertThat(Format.TEXT.render(tables))
        .isEqualTo(Format.TEXT.render(FLOWS) + "\n" + Format.TEXT.render(other));
    assertThat(Format.MARKDOWN.render(tables)).contains("since the start\n\n### Other\n");
    JsonNode root = new ObjectMapper().readTree(Format.JSON.render(tables));
    assertThat(root.at("/tables/0/title").textValue()).isEqualTo("Flows");
    assertThat(root.at("/tables/1/rows/0/a").textValue()).isEqualTo("x");
  }

  @ParameterizedTest
  @EnumSource
  void shouldLetNoControlCharacterReachATerminal(Format format) {
    Table table = Table.titled(HOSTILE).column(HOSTILE, HOSTILE).row(HOSTILE).note(HOSTILE).build();

    assertThat(format.render(table).codePoints().filter(c -> c != '\n'))
        .noneMatch(ControlCharacters::isControl);
    assertThat(format.render(table)).containsIgnoringCase("\\u001b");
  }

  @Test
  void shouldKeepHostileValuesIntactForPrograms() throws Exception {
    Table table = Table.titled("").column("A", "a").row(HOSTILE).build();

    JsonNode root = new ObjectMapper().readTree(Format.JSON.render(table));
    assertThat(root.at("/rows/0/a").textValue()).isEqualTo(HOSTILE);
  }

  @Test
  void shouldWriteControlsOutInText() {
    assertThat(ControlCharacters.escaped(HOSTILE))
        .isEqualTo("\\u001b[2J\\u009b2J\\u007f\\r\\n\\t\\u202egnp\\udb40\\udc41");
    assertThat(ControlCharacters.escaped("C:\\x 端口")).isEqualTo("C:\\x 端口");
    assertThat(ControlCharacters.escaped("\uD800")).isEqualTo("\\ud800");
  }

  @Test
  void shouldParseFormatsAndRefuseOthersClearly() {
    assertThat(Format.parse("Markdown")).isEqualTo(Format.MARKDOWN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Format.parse("xml"))
        .withMessage("unknown format 'xml': use one of text, markdown, json");
  }
}
