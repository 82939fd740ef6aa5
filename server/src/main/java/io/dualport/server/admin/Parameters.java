package io.dualport.server.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The query of one request: only known parameters, each at most once, each value checked. */
final class Parameters {
  /** More are refused before they are looked at. */
  private static final int MAX_PARAMETERS = 16;

  private final Map<String, List<String>> given;

  /**
   * @param known all that the path takes
   */
  Parameters(String uri, Set<String> known) throws BadParameterException {
    try {
      given =
          new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, MAX_PARAMETERS).parameters();
    } catch (IllegalArgumentException e) {
      throw new BadParameterException("query", uri, "percent-encoded UTF-8");
    }
    for (Map.Entry<String, List<String>> parameter : given.entrySet()) {
      String value = String.join(", ", parameter.getValue());
      if (!known.contains(parameter.getKey())) {
        throw new BadParameterException(
            parameter.getKey(),
            value,
            known.isEmpty()
                ? "absent: no parameter is known here"
                : "one of the known parameters: " + String.join(", ", new TreeSet<>(known)));
      }
      if (parameter.getValue().size() > 1) {
        throw new BadParameterException(parameter.getKey(), value, "given once");
      }
    }
  }

  /** The text, or what it is when not given. */
  String text(String name, String otherwise) {
    return given.containsKey(name) ? given.get(name).get(0) : otherwise;
  }

  /** One of a few words. */
  String word(String name, String otherwise, List<String> words) throws BadParameterException {
    String text = text(name, otherwise);
    if (text != null && !words.contains(text)) {
      throw new BadParameterException(name, text, "one of " + String.join(", ", words));
    }
    return text;
  }

  /** A whole number within a range. */
  int number(String name, int otherwise, int min, int max) throws BadParameterException {
    String text = text(name, String.valueOf(otherwise));
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < min
        || Integer.parseInt(text) > max) {
      throw new BadParameterException(name, text, "a whole number from " + min + " to " + max);
    }
    return Integer.parseInt(text);
  }
}
