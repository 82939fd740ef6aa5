package io.dualport.lab.story;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An experiment that has run. Immutable.
 *
 * @param page what was known before
 * @param parts what happened
 * @param ports those that the run used, ascending
 */
public record Story(Page page, List<Part> parts, SortedSet<Integer> ports) {
  /** Copies the parts and the ports. */
  public Story {
    parts = List.copyOf(parts);
    ports = Collections.unmodifiableSortedSet(new TreeSet<>(ports));
  }

  /**
   * SURPRISE if any part was one or a prediction was never checked although nothing was skipped;
   * SKIPPED if nothing at all was checked; else AS_PREDICTED.
   */
  public StoryVerdict verdict() {
    if (parts.stream().anyMatch(part -> part.verdict() == StoryVerdict.SURPRISE)) {
      return StoryVerdict.SURPRISE;
    }
    if (!unchecked().isEmpty() && skips().isEmpty()) {
      return StoryVerdict.SURPRISE;
    }
    return checks().isEmpty() ? StoryVerdict.SKIPPED : StoryVerdict.AS_PREDICTED;
  }

  /** The answer to the chapter's question; none where the kernel surprised or nothing was asked. */
  public Optional<Bilingual> answer() {
    return verdict() == StoryVerdict.AS_PREDICTED ? Optional.of(page.answer()) : Optional.empty();
  }

  /** The display filter with the ports of this run in it, as Wireshark and tshark take it. */
  public String filter() {
    if (ports.isEmpty()) {
      return page.filter();
    }
    String used =
        ports.size() == 1
            ? "== " + ports.first()
            : ports.stream().map(String::valueOf).collect(Collectors.joining(", ", "in {", "}"));
    return page.filter().replace("== PORT", used);
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
