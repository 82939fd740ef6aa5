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
import io.dualport.report.Format;
import java.util.ArrayList;
import java.util.List;

/** A story as a chapter of a Markdown document. */
final class MarkdownStory {
  private final Language language;
  private final StringBuilder out = new StringBuilder();

  private MarkdownStory(Language language) {
    this.language = language;
  }

  static String render(Story story, Language language) {
    return new MarkdownStory(language).story(story);
  }

  private String story(Story story) {
    Page page = story.page();
    line("## " + page.id() + ". " + escaped(in(page.title())));
    out.append('\n');
    line(escaped(in(page.question())));
    out.append('\n');
    line("**" + in(StoryWords.PREDICTED) + "**");
    out.append('\n');
    page.predictions().forEach(this::prediction);
    int number = 0;
    for (Part part : story.parts()) {
      out.append('\n');
      line("### " + page.id() + "." + ++number + " " + escaped(in(part.heading())));
      out.append('\n');
      steps(part.steps());
      part.skip()
          .ifPresent(
              reason ->
                  line(
                      "*"
                          + in(StoryWords.SKIPPED)
                          + "*"
                          + StoryWords.colon(language)
                          + escaped(in(reason))));
    }
    out.append('\n');
    if (story.verdict() != StoryVerdict.SKIPPED) {
      String answer = escaped(in(story.answer().orElse(StoryWords.NO_ANSWER)));
      line("**" + in(StoryWords.ANSWER) + "**" + StoryWords.colon(language) + answer);
      out.append('\n');
    }
    if (!page.claims().isEmpty()) {
      line("**" + in(StoryWords.CLAIMS) + "**");
      out.append('\n');
      page.claims().forEach(claim -> claim(claim, story));
      out.append('\n');
    }
    line(in(StoryWords.WATCH) + StoryWords.colon(language) + "`" + story.filter() + "`");
    out.append('\n');
    line(
        "**"
            + in(StoryWords.VERDICT)
            + StoryWords.colon(language)
            + in(StoryWords.verdict(story.verdict()))
            + "**");
    return out.toString();
  }

  private void prediction(Prediction prediction) {
    line(
        "- `"
            + prediction.name()
            + "` = `"
            + prediction.expected()
            + "`"
            + StoryWords.colon(language)
            + escaped(in(prediction.meaning()))
            + " ("
            + escaped(prediction.source())
            + ")");
  }

  /** Calls that follow each other stand in one block. */
  private void steps(List<Step> steps) {
    List<String> calls = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Call call) {
        calls.add(call(call));
      } else {
        block(calls);
        step(step);
      }
    }
    block(calls);
  }

  private void block(List<String> lines) {
    if (!lines.isEmpty()) {
      line("```text");
      lines.forEach(this::line);
      line("```");
      out.append('\n');
      lines.clear();
    }
  }

  private static String call(Step.Call call) {
    String result =
        call.errno() == null ? call.result() : call.result() + " " + call.errno().description();
    return call.program() + ": " + call.call() + " = " + result;
  }

  private void step(Step step) {
    if (step instanceof Step.Remark remark) {
      line(escaped(in(remark.text())));
    } else if (step instanceof Step.Observation observation) {
      line(escaped(in(observation.caption())) + StoryWords.colon(language).stripTrailing());
      out.append('\n').append(Format.MARKDOWN.render(TableWords.in(observation.table(), language)));
    } else if (step instanceof Step.Exhibit exhibit) {
      line(escaped(in(exhibit.caption())) + StoryWords.colon(language).stripTrailing());
      out.append('\n');
      block(new ArrayList<>(exhibit.lines().lines().toList()));
      return;
    } else if (step instanceof Step.Check check) {
      check(check);
    } else if (step instanceof Step.Failure failure) {
      line(
          "**"
              + in(StoryWords.FAILED)
              + "**"
              + StoryWords.colon(language)
              + escaped(in(failure.what())));
    }
    out.append('\n');
  }

  private void check(Step.Check check) {
    String mark = check.verdict() == StoryVerdict.AS_PREDICTED ? "=" : "≠";
    line(
        "**"
            + in(StoryWords.verdict(check.verdict()))
            + "** `"
            + check.prediction().name()
            + "`"
            + StoryWords.colon(language)
            + in(StoryWords.EXPECTED)
            + " `"
            + check.prediction().expected()
            + "` "
            + mark
            + " "
            + in(StoryWords.OBSERVED)
            + " `"
            + check.observed()
            + "`");
  }

  private void claim(Claim claim, Story story) {
    line(
        "- "
            + escaped(in(StoryWords.says(claim)))
            + StoryWords.colon(language)
            + escaped(in(claim.said()))
            + " **"
            + in(StoryWords.effect(claim, story))
            + "**"
            + StoryWords.colon(language)
            + escaped(in(claim.found())));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace("*", "\\*")
        .replace("_", "\\_")
        .replace("[", "\\[");
  }

  private String in(Bilingual text) {
    return text.in(language);
  }

  private void line(String line) {
    out.append(line).append('\n');
  }
}
