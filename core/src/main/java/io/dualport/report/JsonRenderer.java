package io.dualport.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/**
 * Tables as JSON (RFC 8259): {@code title}, {@code rows} as one object each under the columns'
 * keys, and {@code notes} if there are any. Numbers are numbers, a missing value is null.
 */
final class JsonRenderer {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .characterEscapes(new TerminalSafe())
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private JsonRenderer() {}

  static String render(Table table) {
    return render(table, Map.of());
  }

  static String render(Table table, Map<String, Table> beside) {
    return document(json -> write(table, beside, json));
  }

  static String render(List<Table> tables) {
    return document(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("tables");
          for (Table table : tables) {
            write(table, Map.of(), json);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static String document(Body body) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
      json.setPrettyPrinter(
          new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter));
      body.writeTo(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.append('\n').toString();
  }

  private static void write(Table table, Map<String, Table> beside, JsonGenerator json)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("title", table.title());
    rows("rows", table, json);
    if (!table.notes().isEmpty()) {
      json.writeArrayFieldStart("notes");
      for (String note : table.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
    }
    for (Map.Entry<String, Table> other : beside.entrySet()) {
      rows(other.getKey(), other.getValue(), json);
    }
    json.writeEndObject();
  }

  private static void rows(String member, Table table, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart(member);
    for (List<Cell> row : table.rows()) {
      json.writeStartObject();
      for (int i = 0; i < row.size(); i++) {
        json.writeFieldName(table.columns().get(i).key());
        write(row.get(i), json);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(Cell cell, JsonGenerator json) throws IOException {
    if (cell instanceof Cell.Quantity quantity) {
      json.writeNumber(quantity.value());
    } else if (cell instanceof Cell.Text text) {
      json.writeString(text.text());
    } else {
      json.writeNull();
    }
  }

  private interface Body {
    void writeTo(JsonGenerator json) throws IOException;
  }

  /**
   * JSON itself only asks for C0 controls to be escaped; a terminal also obeys DEL, C1 and format
   * characters. Those beyond 16 bits arrive here as halves of a pair, so every pair is escaped. The
   * value that a program reads stays the same.
   */
  private static final class TerminalSafe extends CharacterEscapes {
    private static final long serialVersionUID = 1;
    private static final int DEL = 0x7f;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] codes = standardAsciiEscapesForJSON();
      codes[DEL] = ESCAPE_STANDARD;
      return codes;
    }

    @Override
    public SerializableString getEscapeSequence(int character) {
      return ControlCharacters.isControl(character)
          ? new SerializedString(Words.format("\\u%04x", character))
          : null;
    }
  }
}
