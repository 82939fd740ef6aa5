package io.dualport.terminal;

import java.util.Locale;
import java.util.Map;

/**
 * What a terminal can show, as far as its environment tells.
 *
 * @param colours whether text may be coloured; bold and inverse are not colours
 * @param blocks whether the block elements of Unicode can be drawn, else ASCII stands in
 */
public record Look(boolean colours, boolean blocks) {
  private static final String CONSOLE_OF_LINUX = "linux";

  /**
   * Colours unless NO_COLOR is set and not empty (no-color.org); blocks unless the locale names a
   * charset other than UTF-8, or the terminal is the console of Linux, whose font has few of them.
   *
   * @param environment usually {@link System#getenv()}
   */
  public static Look of(Map<String, String> environment) {
    return new Look(
        environment.getOrDefault("NO_COLOR", "").isEmpty(),
        !CONSOLE_OF_LINUX.equals(environment.get("TERM")) && isUnicode(locale(environment)));
  }

  /** Whether a terminal of this name obeys no cursor movement; nobody named it: neither. */
  public static boolean isDumb(Map<String, String> environment) {
    String name = environment.getOrDefault("TERM", "");
    return name.isEmpty() || name.equals("dumb") || name.equals("unknown");
  }

  /** The first that is set, in the order of locale(7). */
  private static String locale(Map<String, String> environment) {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return value;
      }
    }
    return "";
  }

  /** A locale without a charset says nothing: in a container it is "C" on a modern terminal. */
  private static boolean isUnicode(String locale) {
    int dot = locale.indexOf('.');
    String charset = dot < 0 ? "" : locale.substring(dot + 1).toLowerCase(Locale.ROOT);
    return charset.isEmpty() || charset.startsWith("utf-8") || charset.startsWith("utf8");
  }
}
