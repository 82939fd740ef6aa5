package io.dualport.client.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualport.flow.Protocol;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;

/**
 * One object of a JSON file, whose members are asked for by name and form.
 *
 * @param where the file and the object, for messages
 */
record JsonRow(String where, JsonNode node) {
  private static final int SHOWN = 60;

  /** A whole number of 0 or more. */
  long count(String key) throws RefusedInputException {
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 0) {
      throw refused(key, "a whole number of 0 or more");
    }
    return value.asLong();
  }

  /** As {@link #count}; 0 if there is none. */
  long countOrZero(String key) throws RefusedInputException {
    return node.path(key).isMissingNode() || node.path(key).isNull() ? 0 : count(key);
  }

  /** A text; null if the value is null or missing. */
  String text(String key) throws RefusedInputException {
    JsonNode value = node.path(key);
    if (value.isNull() || value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw refused(key, "a text");
    }
    return value.asText();
  }

  /** An address and a port; null if the value is null or missing. */
  String end(String key) throws RefusedInputException {
    String text = text(key);
    try {
      return text == null ? null : FlowKey.canonical(text);
    } catch (IllegalArgumentException e) {
      throw refused(key, "an address and a port");
    }
  }

  Protocol protocol() throws RefusedInputException {
    String label = text("protocol");
    for (Protocol protocol : Protocol.values()) {
      if (protocol.label().equals(label)) {
        return protocol;
      }
    }
    throw refused("protocol", "tcp or udp");
  }

  RefusedInputException refused(String key, String wanted) {
    String shown = node.has(key) ? ControlCharacters.escaped(node.get(key).toString()) : "nothing";
    return new RefusedInputException(
        Words.format(
            "%s: %s = %s, where %s belongs",
            where,
            key,
            shown.length() > SHOWN ? shown.substring(0, SHOWN) + "..." : shown,
            wanted));
  }
}
