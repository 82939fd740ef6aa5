package io.dualport.client.command;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/**
 * The options that every command takes. None has a default here, so that environment and file win
 * where the user typed nothing; the descriptions name the defaults of reference.conf.
 */
public final class CommonOptions {
  private static final int LAST = 1000;

  @Option(
      names = "--format",
      order = LAST,
      paramLabel = "text|json|markdown",
      description = "How the result is written. Default: text.")
  private String format;

  @Option(
      names = "--config",
      order = LAST + 1,
      paramLabel = "FILE",
      description = "HOCON file with client { ... }; conf/client.conf explains every key.")
  private Path config;

  @Option(
      names = {"-h", "--help"},
      order = LAST + 2,
      usageHelp = true,
      description = "Shows this help.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      order = LAST + 3,
      versionHelp = true,
      description = "Shows the version.")
  private boolean version;

  /** What {@code --config} named, or null. */
  public Path config() {
    return config;
  }
}
