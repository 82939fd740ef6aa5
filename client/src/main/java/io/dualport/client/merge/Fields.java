package io.dualport.client.merge;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code key=value} words of one of our lines, {@code #[Dualport WHAT key=value ...]}. A key
 * that nobody asks for is left alone, so that a later program may add some.
 */
final class Fields {
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");
  private static final Pattern THREE_DECIMALS = Pattern.compile("[0-9]{1,12}\\.[0-9]{3}");

  private final Map<String, String> values = new HashMap<>();

  /**
   * @throws IllegalArgumentException saying which word is none of ours
   */
  Fields(String line, String prefix) {
    if (!line.endsWith("]")) {
      throw new IllegalArgumentException("has no ] at its end");
    }
    for (String word : line.substring(prefix.length(), line.length() - 1).strip().split(" +")) {
      int equals = word.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("has '" + word + "' where key=value belongs");
      }
      if (values.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("has " + word.substring(0, equals) + " twice");
      }
    }
  }

  /** The value of a key, which must have this form. */
  String text(String key, Pattern form) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("has no " + key);
    }
    Matcher matcher = form.matcher(value);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("has " + key + "=" + value + ", which cannot be");
    }
    return value;
  }

  long whole(String key) {
    return Long.parseLong(text(key, WHOLE));
  }

  long wholeOrZero(String key) {
    return values.containsKey(key) ? whole(key) : 0;
  }

  BigDecimal seconds(String key) {
    return new BigDecimal(text(key, THREE_DECIMALS));
  }
}
