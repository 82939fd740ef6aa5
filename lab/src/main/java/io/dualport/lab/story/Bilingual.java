package io.dualport.lab.story;

import java.util.List;
import java.util.Locale;

/**
 * One sentence in both languages: English stands where it is said, its Chinese in {@link Chinese}.
 *
 * @param english the sentence; a format as {@link String#format} takes it, if it has arguments
 * @param arguments what is put into it in either language; one that is itself Bilingual, in that
 *     language
 */
public record Bilingual(String english, List<Object> arguments) {
  /** Copies the arguments; refuses null. */
  public Bilingual {
    arguments = List.copyOf(arguments);
  }

  /** A sentence; without arguments a percent sign in it is a percent sign. */
  public static Bilingual of(@English String english, Object... arguments) {
    return new Bilingual(english, List.of(arguments));
  }

  /** What is the same in every language: names, numbers, commands. */
  public static Bilingual same(String text) {
    return of("%s", text);
  }

  /** The sentence in one language. */
  public String in(Language language) {
    String sentence = language == Language.EN ? english : Chinese.of(english);
    if (arguments.isEmpty()) {
      return sentence;
    }
    Object[] localized =
        arguments.stream()
            .map(argument -> argument instanceof Bilingual text ? text.in(language) : argument)
            .toArray();
    return String.format(Locale.ROOT, sentence, localized);
  }

  @Override
  public String toString() {
    return in(Language.EN);
  }
}
