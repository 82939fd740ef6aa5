package io.dualport.lab.story;

import java.util.Objects;

/**
 * What the rule says will happen, written down before anything has.
 *
 * @param name short, unique in its experiment, in kebab-case
 * @param expected what is compared with the observation
 * @param meaning the rule in words
 * @param source where the rule stands: man page and section, RFC and section, kernel function and
 *     file
 */
public record Prediction(String name, Expected expected, Bilingual meaning, String source) {
  /** Refuses null and a prediction without a source. */
  public Prediction {
    Objects.requireNonNull(expected, "expected");
    Objects.requireNonNull(meaning, "meaning");
    if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
      throw new IllegalArgumentException("name of a prediction: " + name);
    }
    if (source.isBlank()) {
      throw new IllegalArgumentException(name + " has no source");
    }
  }

  /** Exactly this word: OK, the name of an errno, a number, a state. */
  public static Prediction exactly(String name, Object expected, Bilingual meaning, String source) {
    return new Prediction(name, new Expected.Exactly(expected.toString()), meaning, source);
  }

  /** A whole number between two others, both allowed. */
  public static Prediction between(
      String name, long least, long most, Bilingual meaning, String source) {
    return new Prediction(name, new Expected.Between(least, most), meaning, source);
  }

  /** The same rule with another outcome in mind. */
  public Prediction expecting(Expected other) {
    return new Prediction(name, other, meaning, source);
  }

  /** What an observation is compared with. */
  public sealed interface Expected {
    /** Whether an observation is this one. */
    boolean matches(String observed);

    /** The observation must be this text. */
    record Exactly(String text) implements Expected {
      @Override
      public boolean matches(String observed) {
        return text.equals(observed);
      }

      @Override
      public String toString() {
        return text;
      }
    }

    /** The observation must be a whole number in this range, ends included. */
    record Between(long least, long most) implements Expected {
      @Override
      public boolean matches(String observed) {
        try {
          long value = Long.parseLong(observed);
          return least <= value && value <= most;
        } catch (NumberFormatException notANumber) {
          return false;
        }
      }

      @Override
      public String toString() {
        return least + ".." + most;
      }
    }
  }
}
