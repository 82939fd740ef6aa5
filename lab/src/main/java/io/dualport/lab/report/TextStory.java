package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Page;
import io.dualport.lab.story.Part;
import io.dualport.lab.story.Prediction;
import io.dualport.lab.story.Step;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;
import io.dualport.report.DisplayWidth;
import io.dualport.report.Format;

/** A story for a terminal. */
final class TextStory {
  private static final String INDENT = "   ";
  private static final int CALL_WIDTH = 70;

  private final Language language;
  private final Colours colours;
  private final StringBuilder out = new StringBuilder();

  private TextStory(Language language, Colours colours) {
    this.language = language;
    this.colours = colours;
  }

  static String render(Story story, Language language, Colours colours) {
    return new TextStory(language, colours).story(story);
  }

  private String story(Story story) {
    Page page = story.page();
    line(colours.bold(page.id() + ". " + in(page.title())));
    paragraph(in(StoryWords.QUESTION) + StoryWords.colon(language), INDENT, in(page.question()));
    out.append('\n');
    line(in(StoryWords.PREDICTED) + StoryWords.colon(language).stripTrailing());
    page.predictions().forEach(this::prediction);
    int number = 0;
    for (Part part : story.parts()) {
      out.append('\n');
      line(colours.bold(page.id() + "." + ++number + " " + in(part.heading())));
      part.steps().forEach(this::step);
      part.skip()
          .ifPresent(
              reason ->
                  paragraph(
                      INDENT
                          + colours.verdict(StoryVerdict.SKIPPED, in(StoryWords.SKIPPED))
                          + StoryWords.colon(language),
                      INDENT,
                      in(reason)));
    }
    out.append('\n');
    if (story.verdict() != StoryVerdict.SKIPPED) {
      paragraph(
          colours.bold(in(StoryWords.ANSWER)) + StoryWords.colon(language),
          INDENT,
          in(story.answer().orElse(StoryWords.NO_ANSWER)));
    }
    if (!page.claims().isEmpty()) {
      line(in(StoryWords.CLAIMS) + StoryWords.colon(language).stripTrailing());
      page.claims().forEach(claim -> claim(claim, story));
    }
    line(in(StoryWords.WATCH) + StoryWords.colon(language) + story.filter());
    verdict(story);
    return out.toString();
  }

  private void prediction(Prediction prediction) {
    paragraph(
        " - " + prediction.name() + " = " + prediction.expected() + StoryWords.colon(language),
        INDENT,
        in(prediction.meaning()));
    out.append(colours.dim(Paragraph.wrapped(INDENT + "[", INDENT, prediction.source() + "]")));
  }

  private void step(Step step) {
    if (step instanceof Step.Remark remark) {
      paragraph(INDENT, INDENT, in(remark.text()));
    } else if (step instanceof Step.Call call) {
      call(call);
    } else if (step instanceof Step.Observation observation) {
      paragraph(
          INDENT, INDENT, in(observation.caption()) + StoryWords.colon(language).stripTrailing());
      indented(Format.TEXT.render(TableWords.in(observation.table(), language)));
    } else if (step instanceof Step.Exhibit exhibit) {
      paragraph(INDENT, INDENT, in(exhibit.caption()) + StoryWords.colon(language).stripTrailing());
      indented(exhibit.lines());
    } else if (step instanceof Step.Check check) {
      check(check);
    } else if (step instanceof Step.Failure failure) {
      paragraph(
          INDENT
              + colours.verdict(StoryVerdict.SURPRISE, in(StoryWords.FAILED))
              + StoryWords.colon(language),
          INDENT,
          in(failure.what()));
    }
  }

  private void call(Step.Call call) {
    String left = INDENT + call.program() + ": " + call.call();
    String padding = " ".repeat(Math.max(1, CALL_WIDTH - DisplayWidth.of(left)));
    String result =
        call.errno() == null
            ? call.result()
            : colours.error(call.result() + " " + call.errno().description());
    line(left + padding + "= " + result);
  }

  private void check(Step.Check check) {
    StoryVerdict verdict = check.verdict();
    String mark = verdict == StoryVerdict.AS_PREDICTED ? "==" : "!=";
    line(
        INDENT
            + colours.verdict(verdict, in(StoryWords.verdict(verdict)))
            + " "
            + check.prediction().name()
            + ": "
            + in(StoryWords.EXPECTED)
            + " "
            + check.prediction().expected()
            + " "
            + mark
            + " "
            + in(StoryWords.OBSERVED)
            + " "
            + check.observed());
  }

  private void claim(Claim claim, Story story) {
    paragraph(
        " - " + in(StoryWords.says(claim)) + StoryWords.colon(language), INDENT, in(claim.said()));
    paragraph(
        INDENT + in(StoryWords.effect(claim, story)) + StoryWords.colon(language),
        INDENT,
        in(claim.found()));
  }

  private void verdict(Story story) {
    StoryVerdict verdict = story.verdict();
    line(
        in(StoryWords.VERDICT)
            + " "
            + story.page().id()
            + ": "
            + colours.verdict(verdict, in(StoryWords.verdict(verdict))));
    for (Part part : story.skips()) {
      paragraph(
          INDENT + in(StoryWords.SKIPPED) + StoryWords.colon(language),
          INDENT,
          in(part.heading()) + " (" + in(part.skip().orElseThrow()) + ")");
    }
    if (verdict != StoryVerdict.SKIPPED) {
      for (Prediction prediction : story.unchecked()) {
        line(INDENT + in(StoryWords.UNCHECKED) + StoryWords.colon(language) + prediction.name());
      }
    }
  }

  private void paragraph(String first, String indent, String text) {
    out.append(Paragraph.wrapped(first, indent, text));
  }

  private void indented(String lines) {
    lines.lines().forEach(line -> line((INDENT + INDENT + line).stripTrailing()));
  }

  private String in(Bilingual text) {
    return text.in(language);
  }

  private void line(String line) {
    out.append(line).append('\n');
  }
}
