package io.dualport.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How tables are written down. */
public enum Format {
  TEXT,
  MARKDOWN,
  JSON;

  /**
   * The format with this name, in any case.
   *
   * @throws IllegalArgumentException with a message for the user that names what is allowed
   */
  public static Format parse(String name) {
    for (Format format : values()) {
      if (format.label().equals(name.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    String allowed = Arrays.stream(values()).map(Format::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "unknown format '" + ControlCharacters.escaped(name) + "': use one of " + allowed);
  }

  /** The name as users type it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** One table as a document that ends with a newline. */
  public String render(Table table) {
    return switch (this) {
      case TEXT -> TextRenderer.render(table);
      case MARKDOWN -> MarkdownRenderer.render(table);
      case JSON -> JsonRenderer.render(table);
    };
  }

  /**
   * One table as a document that ends with a newline, with the rows of others beside its own: in
   * JSON as members of the same object. People are shown the table alone.
   *
   * @param beside by the name of the member
   */
  public String render(Table table, Map<String, Table> beside) {
    return this == JSON ? JsonRenderer.render(table, beside) : render(table);
  }

  /**
   * Several tables as one document that ends with a newline: a blank line between them, in JSON one
   * object with the member {@code tables}. No tables are an empty document.
   */
  public String render(List<Table> tables) {
    if (this == JSON) {
      return JsonRenderer.render(tables);
    }
    return tables.stream().map(this::render).collect(Collectors.joining("\n"));
  }
}
