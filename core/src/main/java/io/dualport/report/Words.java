package io.dualport.report;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The forms of words that depend on a number or on how many there are: {@code 1 echo} and {@code 2
 * echoes}, {@code TCP and UDP}, and sentences that end with one stop. The one place for them, so
 * that no report says "1 echoes", prints a Java list or sets two stops.
 */
public final class Words {
  private static final String VOWELS = "aeiou";
  private static final String ENDS = ".!?";

  private Words() {}

  /** {@link String#format} with digits that every locale and program can read. */
  public static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** {@code 1 echo}, {@code 2 echoes}, {@code 0 bytes}, in plain digits. */
  public static String count(long number, String one) {
    return count(number, one, plural(one));
  }

  /** As {@link #count(long, String)}, for a plural that no rule gives. */
  public static String count(long number, String one, String many) {
    return number + " " + form(number, one, many);
  }

  /** The word that goes with a number: {@code was} with 1, {@code were} with any other. */
  public static String form(long number, String one, String many) {
    return number == 1 ? one : many;
  }

  /** {@code TCP}, {@code TCP and UDP}, {@code a, b and c}: each as its {@code toString()}. */
  public static String and(Collection<?> items) {
    return joined(items, " and ");
  }

  /** {@code TCP}, {@code TCP or UDP}, {@code a, b or c}: each as its {@code toString()}. */
  public static String or(Collection<?> items) {
    return joined(items, " or ");
  }

  /** Text that ends with a stop: its own, or a full stop set behind it. */
  public static String sentence(String text) {
    String trimmed = text.strip();
    if (trimmed.isEmpty() || ENDS.indexOf(trimmed.charAt(trimmed.length() - 1)) >= 0) {
      return trimmed;
    }
    return trimmed + ".";
  }

  /** Text without a full stop at its end, to stand within a sentence. An ellipsis stays. */
  public static String clause(String text) {
    String trimmed = text.strip();
    boolean stops = trimmed.endsWith(".") && !trimmed.endsWith("..");
    return stops ? trimmed.substring(0, trimmed.length() - 1) : trimmed;
  }

  /** Sentences behind each other, each with one stop; empty ones and null are left out. */
  public static String sentences(String... texts) {
    StringBuilder joined = new StringBuilder();
    for (String text : texts) {
      if (text != null && !text.isBlank()) {
        joined.append(joined.isEmpty() ? "" : " ").append(sentence(text));
      }
    }
    return joined.toString();
  }

  private static String joined(Collection<?> items, String last) {
    List<String> words = items.stream().map(Object::toString).toList();
    int end = words.size() - 1;
    return end < 1
        ? String.join("", words)
        : String.join(", ", words.subList(0, end)) + last + words.get(end);
  }

  /** English: echo, echoes; query, queries; address, addresses; loss, losses; log, logs. */
  private static String plural(String one) {
    String word = one.toLowerCase(Locale.ROOT);
    boolean afterConsonant =
        word.length() > 1 && VOWELS.indexOf(word.charAt(word.length() - 2)) < 0;
    if (word.endsWith("y") && afterConsonant) {
      return one.substring(0, one.length() - 1) + "ies";
    }
    boolean hisses = Set.of("s", "x", "z", "ch", "sh").stream().anyMatch(word::endsWith);
    return one + (hisses || word.endsWith("o") && afterConsonant ? "es" : "s");
  }
}
