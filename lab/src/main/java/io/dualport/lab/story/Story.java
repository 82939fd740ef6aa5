package io.dualport.lab.story;

import java.util.List;
import java.util.stream.Stream;

/**
 * An experiment that has run. Immutable.
 *
 * @param page what was known before
 * @param parts what happened
 */
public record Story(Page page, List<Part> parts) {
  /** Copies the parts. */
  public Story {
    parts = List.copyOf(parts);
  }

  /**
   * SURPRISE if any part was one or a prediction was never checked although nothing was skipped;
   * SKIPPED if nothing at all was checked; else AS_PREDICTED.
   */
  public Verdict verdict() {
    if (parts.stream().anyMatch(part -> part.verdict() == Verdict.SURPRISE)) {
      return Verdict.SURPRISE;
    }
    if (!unchecked().isEmpty() && skips().isEmpty()) {
      return Verdict.SURPRISE;
    }
    return checks().isEmpty() ? Verdict.SKIPPED : Verdict.AS_PREDICTED;
  }

  /** Every prediction that was held against the kernel, in order. */
  public List<Step.Check> checks() {
    return parts.stream()
        .flatMap(part -> part.steps().stream())
        .flatMap(step -> step instanceof Step.Check check ? Stream.of(check) : Stream.empty())
        .toList();
  }

  /** Predictions that were never held against anything. */
  public List<Prediction> unchecked() {
    List<String> checked = checks().stream().map(check -> check.prediction().name()).toList();
    return page.predictions().stream()
        .filter(prediction -> !checked.contains(prediction.name()))
        .toList();
  }

  /** The parts that were not tried, or not to their end. */
  public List<Part> skips() {
    return parts.stream().filter(part -> part.skip().isPresent()).toList();
  }
}
