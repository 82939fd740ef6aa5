package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.io.PrintStream;
import java.util.List;

/** Writes a run down: text and Markdown story by story, JSON as one document at the end. */
public final class StoryReport {
  private final PrintStream out;
  private final Format format;
  private final Language language;
  private final Colours colours;
  private final Machine machine;

  /**
   * @param out where to
   * @param colours used for text alone
   */
  public StoryReport(
      PrintStream out, Format format, Language language, Colours colours, Machine machine) {
    this.out = out;
    this.format = format;
    this.language = language;
    this.colours = colours;
    this.machine = machine;
  }

  /** Before the first. */
  public void begin() {
    Bilingual where = machine.heading();
    switch (format) {
      case TEXT -> out.println(where.in(language) + "\n");
      case MARKDOWN -> {
        out.println(Bilingual.of("# Port experiments").in(language) + "\n");
        out.println(
            Bilingual.of(
                    "Written by `./dual lab` from one run; `./dual lab run all --lang %s` shows"
                        + " what your own kernel says.",
                    language.label())
                .in(language));
        out.println(where.in(language) + "\n");
      }
      case JSON -> {}
    }
  }

  /** One that has run. */
  public void story(Story story) {
    switch (format) {
      case TEXT -> out.println(TextStory.render(story, language, colours));
      case MARKDOWN -> out.println(MarkdownStory.render(story, language));
      case JSON -> {}
    }
  }

  /** Whether something could not be written, as on a full disk. */
  public boolean isLost() {
    return out.checkError();
  }

  /** After the last. */
  public void end(List<Story> stories) {
    switch (format) {
      case TEXT, MARKDOWN -> out.print(format.render(summary(stories)));
      case JSON -> out.print(JsonStory.render(stories, machine, language));
    }
  }

  private Table summary(List<Story> stories) {
    Table.Builder table =
        new Columns<Story>()
            .column("id", "id", story -> story.page().id())
            .column(
                Bilingual.of("experiment").in(language),
                "title",
                story -> story.page().title().in(language))
            .numbers(
                Bilingual.of("checked").in(language), "checked", story -> story.checks().size())
            .column(
                StoryWords.VERDICT.in(language),
                "verdict",
                story -> StoryWords.verdict(story.verdict()).in(language))
            .table(Bilingual.of("Summary").in(language), stories);
    long skips = stories.stream().mapToLong(story -> story.skips().size()).sum();
    table.note(
        Bilingual.of(
                "%d as predicted, %d surprises, %d skipped; parts skipped in all: %d.",
                count(stories, StoryVerdict.AS_PREDICTED),
                count(stories, StoryVerdict.SURPRISE),
                count(stories, StoryVerdict.SKIPPED),
                skips)
            .in(language));
    return table.build();
  }

  private static long count(List<Story> stories, StoryVerdict verdict) {
    return stories.stream().filter(story -> story.verdict() == verdict).count();
  }

  /** What there is to run. */
  public static String list(List<Page> pages, Format format, Language language) {
    // Questions and filters take several lines; a terminal has room for the titles.
    Columns<Page> columns =
        new Columns<Page>()
            .column("id", "id", Page::id)
            .column(
                Bilingual.of("experiment").in(language), "title", page -> page.title().in(language))
            .column(
                Bilingual.of("when").in(language),
                "when",
                page -> (page.isLong() ? StoryWords.LONG : StoryWords.SHORT).in(language));
    if (format != Format.TEXT) {
      columns
          .column(
              StoryWords.QUESTION.in(language), "question", page -> page.question().in(language))
          .column(StoryWords.WIRESHARK.in(language), "filter", Page::filter);
    }
    return format.render(columns.table("", pages).build());
  }
}
