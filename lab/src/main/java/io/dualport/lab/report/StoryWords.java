package io.dualport.lab.report;

import io.dualport.lab.story.Bilingual;
import io.dualport.lab.story.Claim;
import io.dualport.lab.story.Language;
import io.dualport.lab.story.Story;
import io.dualport.lab.story.StoryVerdict;

/** The words of the reports themselves. */
final class StoryWords {
  static final Bilingual QUESTION = Bilingual.of("Question");
  static final Bilingual PREDICTED = Bilingual.of("What the rule predicts");
  static final Bilingual CLAIMS = Bilingual.of("What the articles say");
  static final Bilingual ANSWER = Bilingual.of("Answer");
  static final Bilingual NO_ANSWER =
      Bilingual.of("none, as the kernel did not do everything that the rule says");
  static final Bilingual WATCH = Bilingual.of("Watch it in Wireshark");
  static final Bilingual WIRESHARK = Bilingual.of("Watch it in Wireshark (PORT: the port above)");
  static final Bilingual SKIPPED = Bilingual.of("Skipped");
  static final Bilingual FAILED = Bilingual.of("This should not have happened");
  static final Bilingual EXPECTED = Bilingual.of("predicted");
  static final Bilingual OBSERVED = Bilingual.of("observed");
  static final Bilingual UNCHECKED = Bilingual.of("never checked");
  static final Bilingual VERDICT = Bilingual.of("Verdict");

  static final Bilingual LONG = Bilingual.of("by its id alone: takes a minute");
  static final Bilingual SHORT = Bilingual.same("run all");

  private StoryWords() {}

  /** Between a heading and what it heads. */
  static String colon(Language language) {
    return switch (language) {
      case EN -> ": ";
      case ZH -> "：";
    };
  }

  /** Who says it; a Chinese title needs no verb. */
  static Bilingual says(Claim claim) {
    return Bilingual.of("%s says", claim.article().title());
  }

  /** What an experiment does to a claim, if it could be held against this kernel at all. */
  static Bilingual effect(Claim claim, Story story) {
    Bilingual effect = claim.effect().label();
    return switch (story.verdict()) {
      case SURPRISE -> Bilingual.of("doubtful, as the kernel surprised here");
      case SKIPPED -> Bilingual.of("not tested here");
      case AS_PREDICTED ->
          story.unchecked().isEmpty()
              ? effect
              : Bilingual.of("%s, as far as it was tested", effect);
    };
  }

  static Bilingual verdict(StoryVerdict verdict) {
    return switch (verdict) {
      case AS_PREDICTED -> Bilingual.of("AS_PREDICTED");
      case SURPRISE -> Bilingual.of("SURPRISE");
      case SKIPPED -> Bilingual.of("SKIPPED");
    };
  }
}
