package io.dualport.lab.story;

import java.util.List;
import java.util.Optional;

/**
 * One section of an experiment.
 *
 * @param heading one line
 * @param steps in the order they happened
 * @param skipped why it, or the rest of it, was not tried; null if it was
 */
public record Part(Bilingual heading, List<Step> steps, Bilingual skipped) {
  /** Copies the steps. */
  public Part {
    steps = List.copyOf(steps);
  }

  /** Why it was not tried. */
  public Optional<Bilingual> skip() {
    return Optional.ofNullable(skipped);
  }

  /** Whether it ended before its end. */
  public boolean isIncomplete() {
    return skipped != null || steps.stream().anyMatch(Step.Failure.class::isInstance);
  }

  /** SURPRISE if one check or wait was; else SKIPPED if it was; else AS_PREDICTED. */
  public StoryVerdict verdict() {
    boolean surprise =
        steps.stream()
            .anyMatch(
                step ->
                    step instanceof Step.Failure
                        || step instanceof Step.Check check
                            && check.verdict() == StoryVerdict.SURPRISE);
    if (surprise) {
      return StoryVerdict.SURPRISE;
    }
    return skipped == null ? StoryVerdict.AS_PREDICTED : StoryVerdict.SKIPPED;
  }
}
