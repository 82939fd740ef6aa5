package io.dualport.lab;

import io.dualport.lab.report.Colours;
import io.dualport.lab.story.Language;
import io.dualport.report.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that every command takes. */
final class LabOptions {
  @Option(
      names = "--format",
      paramLabel = "text|markdown|json",
      defaultValue = "text",
      description = "How the result is written. Default: text.")
  private String format;

  @Option(
      names = "--lang",
      paramLabel = "en|zh",
      defaultValue = "en",
      description = "The language of the story. Default: en.")
  private String language;

  @Option(
      names = "--color",
      paramLabel = "auto|always|never",
      defaultValue = "auto",
      description = "auto: on a terminal, unless NO_COLOR is set. Default: auto.")
  private String colour;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  private boolean version;

  Format format() {
    return Format.parse(format);
  }

  Language language() {
    return Language.parse(language);
  }

  /**
   * @throws IllegalArgumentException for another word than the three
   */
  Colours colours(Map<String, String> environment) {
    return new Colours(
        switch (colour) {
          case "always" -> true;
          case "never" -> false;
          case "auto" ->
              environment.getOrDefault("NO_COLOR", "").isEmpty()
                  && !environment.getOrDefault("TERM", "dumb").equals("dumb")
                  && outputIsTerminal();
          default ->
              throw new IllegalArgumentException(
                  "unknown --color '" + colour + "': use one of auto, always, never");
        });
  }

  /** Java 22 and later have a Console without a terminal, so the descriptor is asked. */
  private static boolean outputIsTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException notLinux) {
      return System.console() != null && Runtime.version().feature() < 22;
    }
  }
}
