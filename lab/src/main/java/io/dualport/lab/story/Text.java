package io.dualport.lab.story;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * One sentence in both languages. They stand side by side where they are written, so that neither
 * can be forgotten.
 *
 * @param en English
 * @param zh Chinese
 */
public record Text(String en, String zh) {
  /** Refuses null. */
  public Text {
    Objects.requireNonNull(en, "en");
    Objects.requireNonNull(zh, "zh");
  }

  /** A sentence as it stands; a percent sign is a percent sign. */
  public static Text of(String en, String zh) {
    return new Text(en, zh);
  }

  /**
   * A sentence with values in it.
   *
   * @param en a format as {@link String#format} takes it
   * @param zh a format with the same arguments
   * @param arguments an argument that is itself a Text is put in each in its language
   */
  public static Text format(String en, String zh, Object... arguments) {
    return new Text(formatted(Language.EN, en, arguments), formatted(Language.ZH, zh, arguments));
  }

  /** What is the same in every language: names, numbers, commands. */
  public static Text same(String text) {
    return new Text(text, text);
  }

  /** The sentence in one language. */
  public String in(Language language) {
    return switch (language) {
      case EN -> en;
      case ZH -> zh;
    };
  }

  private static String formatted(Language language, String format, Object[] arguments) {
    Object[] localized =
        Arrays.stream(arguments)
            .map(argument -> argument instanceof Text text ? text.in(language) : argument)
            .toArray();
    return String.format(Locale.ROOT, format, localized);
  }
}
