package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.report.Format;
import io.dualport.report.Table;
import java.util.List;

/** What the articles ask and claim, with the chapter that answers it. */
public final class QuestionsReport {
  private static final String INDENT = "   ";

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
      for (Page page : pages) {
        for (Claim claim : page.claims()) {
          if (claim.article() == article) {
            out.append(Paragraph.wrapped(" - ", INDENT, in(claim.said())));
            String answer =
                page.id() + ", " + in(claim.effect().today()) + StoryWords.colon(language);
            out.append(Paragraph.wrapped(INDENT + answer, INDENT, in(claim.found())));
          }
        }
      }
    }
    return out.toString();
  }

  private Table table() {
    Table.Builder table =
        Table.titled("")
            .column(in(Bilingual.of("article")), "article")
            .column(in(Bilingual.of("question or claim")), "said")
            .column(in(Bilingual.of("chapter")), "chapter")
            .column(in(Bilingual.of("today")), "today")
            .column(in(Bilingual.of("in one line")), "found");
    for (Claim.Article article : Claim.Article.values()) {
      for (Page page : pages) {
        for (Claim claim : page.claims()) {
          if (claim.article() == article) {
            table.row(
                in(article.title()),
                in(claim.said()),
                page.id(),
                in(claim.effect().today()),
                in(claim.found()));
          }
        }
      }
    }
    return table.build();
  }

  private String in(Bilingual text) {
    return text.in(language);
  }
}
