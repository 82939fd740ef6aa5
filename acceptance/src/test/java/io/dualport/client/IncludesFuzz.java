package io.dualport.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.fuzz.FuzzFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Configuration files that include each other, the first of them given to {@code --config}: taken,
 * or refused in words, and both times the same. In an input they stand one behind the other, with a
 * byte between them that no text has. Nothing but files is read, and none of the system's.
 */
public final class IncludesFuzz {
  private static final FuzzFolder FOLDER = FuzzFolder.create();
  private static final List<String> FILES =
      List.of("main.conf", "more.conf", "more.json", "more.properties", "other");
  private static final byte BETWEEN = (byte) 0xff;

  private static final Pattern ESCAPED = Pattern.compile("\\\\(?:u([0-9a-fA-F]{4})|(.))");
  private static final Pattern ELSEWHERE = Pattern.compile("url|://|/(?:dev|proc|sys)");

  private IncludesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    String text =
        ESCAPED
            .matcher(new String(input, StandardCharsets.ISO_8859_1))
            .replaceAll(IncludesFuzz::plain);
    if (ELSEWHERE.matcher(text).find()) {
      return;
    }
    Path main = write(input);
    assertThat(load(main)).isNotBlank().isEqualTo(load(main));
  }

  private static String plain(MatchResult escaped) {
    String code = escaped.group(1);
    String character =
        code == null ? escaped.group(2) : String.valueOf((char) Integer.parseInt(code, 16));
    return java.util.regex.Matcher.quoteReplacement(character);
  }

  /** All of them each time, so that none is left of the input before. */
  private static Path write(byte[] input) throws IOException {
    int from = 0;
    for (String name : FILES) {
      int to = from;
      while (to < input.length && input[to] != BETWEEN) {
        to++;
      }
      FOLDER.write(name, Arrays.copyOfRange(input, Math.min(from, to), to));
      from = Math.min(to + 1, input.length);
    }
    return FOLDER.path().resolve(FILES.get(0));
  }

  private static String load(Path file) {
    try {
      Settings settings = ClientKeys.load(Map.of(), Map.of(), file);
      assertThat(settings.notes()).allMatch(note -> note.startsWith("include \""));
      return settings.effective() + "\n" + settings.notes();
    } catch (SettingException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
