package io.dualport.lab.story;

import java.util.List;
import java.util.Objects;

/**
 * What is known of an experiment before it runs.
 *
 * @param id as users type it: {@code 1} to {@code 21}, with a suffix for a variant
 * @param title one line
 * @param question what people ask
 * @param answer to the question, in one sentence; true where every prediction is
 * @param filter a Wireshark display filter; {@code PORT} stands for the ports of the run
 * @param isLong whether it takes a minute or more; then it runs only when asked for by its id
 * @param claims what the articles say about it
 * @param predictions what the rule says, in the order they are checked
 */
public record Page(
    String id,
    Bilingual title,
    Bilingual question,
    Bilingual answer,
    String filter,
    boolean isLong,
    List<Claim> claims,
    List<Prediction> predictions) {
  /** Copies the lists; refuses null. */
  public Page {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(question, "question");
    Objects.requireNonNull(answer, "answer");
    Objects.requireNonNull(filter, "filter");
    claims = List.copyOf(claims);
    predictions = List.copyOf(predictions);
  }
}
