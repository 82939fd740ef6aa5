package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.report.Columns;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.List;
import java.util.stream.Stream;

/** What the articles ask and claim, with the chapter that answers it. */
public final class QuestionsReport {
  private static final String INDENT = "   ";

  /** A claim, and the chapter that answers it. */
  private record Question(String chapter, Claim claim) {}

  private final List<Page> pages;
  private final Language language;

  /**
   * @param pages of all chapters, in reading order
   */
  public QuestionsReport(List<Page> pages, Language language) {
    this.pages = pages;
    this.language = language;
  }

  /**
   * @param colours used for text alone
   */
  public String render(Format format, Colours colours) {
    return format == Format.TEXT ? text(colours) : format.render(table());
  }

  /** An article's name, then its questions; a table has no room for them on a terminal. */
  private String text(Colours colours) {
    StringBuilder out = new StringBuilder();
    for (Claim.Article article : Claim.Article.values()) {
      out.append(out.isEmpty() ? "" : "\n");
      out.append(colours.bold(in(article.title()))).append('\n');
      for (Question asked : of(article)) {
        out.append(Paragraph.wrapped(" - ", INDENT, in(asked.claim().said())));
        String answer = asked.chapter() + ", " + today(asked) + StoryWords.colon(language);
        out.append(Paragraph.wrapped(INDENT + answer, INDENT, in(asked.claim().found())));
      }
    }
    return out.toString();
  }

  private Table table() {
    return new Columns<Question>()
        .column(in(Bilingual.of("article")), "article", it -> in(it.claim().article().title()))
        .column(in(Bilingual.of("question or claim")), "said", it -> in(it.claim().said()))
        .column(in(Bilingual.of("chapter")), "chapter", Question::chapter)
        .column(in(Bilingual.of("today")), "today", this::today)
        .column(in(Bilingual.of("in one line")), "found", it -> in(it.claim().found()))
        .table("", Stream.of(Claim.Article.values()).flatMap(it -> of(it).stream()).toList())
        .build();
  }

  private List<Question> of(Claim.Article article) {
    return pages.stream()
        .flatMap(page -> page.claims().stream().map(claim -> new Question(page.id(), claim)))
        .filter(asked -> asked.claim().article() == article)
        .toList();
  }

  private String today(Question asked) {
    return in(asked.claim().effect().today());
  }

  private String in(Bilingual text) {
    return text.in(language);
  }
}
