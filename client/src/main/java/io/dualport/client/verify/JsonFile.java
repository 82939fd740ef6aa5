package io.dualport.client.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualport.client.input.ForeignFormatException;
import io.dualport.client.input.TextInput;
import io.dualport.report.ControlCharacters;
import io.dualport.report.Words;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Reads our own JSON back: one value, or one a line. */
final class JsonFile {
  /** A result of {@code load} with 2 x 100,000 five-tuples has some 90 MB. */
  static final long MAX_BYTES = 256L << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonFile() {}

  /**
   * The last value of a file that is wanted; null if none is.
   *
   * @param otherwise what to do about a file that cannot be read as JSON
   */
  static JsonNode last(Path file, Predicate<JsonNode> wanted, String otherwise)
      throws RefusedInputException {
    requireReadable(file);
    String name = name(file);
    try (InputStream in = new Bounded(TextInput.open(file));
        MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(in)) {
      JsonNode last = null;
      while (values.hasNextValue()) {
        JsonNode value = values.nextValue();
        last = wanted.test(value) ? value : last;
      }
      return last;
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      throw new RefusedInputException(
          name + line + ": no JSON (" + firstLine(e.getOriginalMessage()) + "); " + otherwise);
    } catch (ForeignFormatException e) {
      throw new RefusedInputException(name + " " + e.getMessage() + "; " + otherwise);
    } catch (IOException e) {
      throw new RefusedInputException(name + " cannot be read: " + e.getMessage());
    }
  }

  /** Refuses what is no file of bearable size. */
  private static void requireReadable(Path file) throws RefusedInputException {
    requireFile(file);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new RefusedInputException(
            Words.format(
                "%s has %d bytes, more than the %d that are read of a JSON file",
                name(file), Files.size(file), MAX_BYTES));
      }
    } catch (IOException e) {
      throw new RefusedInputException(name(file) + " cannot be read: " + e.getMessage());
    }
  }

  /** Ends where a compressed file turns out to be too large. */
  private static final class Bounded extends FilterInputStream {
    private long left = MAX_BYTES;

    Bounded(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      return counted(super.read(), 1);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      return counted(read, read);
    }

    private int counted(int result, int bytes) throws IOException {
      left -= Math.max(0, bytes);
      if (left < 0) {
        throw new IOException("it inflates to more than " + MAX_BYTES + " bytes");
      }
      return result;
    }
  }

  /** Refuses what is no file, or may not be read. */
  static void requireFile(Path file) throws RefusedInputException {
    if (!Files.exists(file)) {
      throw new RefusedInputException(name(file) + " does not exist");
    }
    if (Files.isDirectory(file)) {
      throw new RefusedInputException(name(file) + " is a directory; name the file in it");
    }
    if (!Files.isReadable(file)) {
      throw new RefusedInputException(name(file) + " may not be read by this user");
    }
  }

  /** A file as messages name it. */
  static String name(Path file) {
    return ControlCharacters.escaped(file.toString());
  }

  private static String firstLine(String text) {
    return ControlCharacters.escaped(
        text.lines().findFirst().orElse("").replaceFirst(" \\(for .*", ""));
  }
}
