package io.dualport.lab.story;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The languages every story is told in. */
public enum Language {
  EN,
  ZH;

  /** The name as users type it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The language with this name, in any case.
   *
   * @throws IllegalArgumentException with a message for the user that names what is allowed
   */
  public static Language parse(String name) {
    return Arrays.stream(values())
        .filter(language -> language.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown language '"
                        + name
                        + "': use one of "
                        + Arrays.stream(values())
                            .map(Language::label)
                            .collect(Collectors.joining(", "))));
  }
}
