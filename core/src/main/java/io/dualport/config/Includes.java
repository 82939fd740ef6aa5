package io.dualport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigSyntax;
import io.dualport.report.Words;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What {@code include "more.conf"} means in one file: a file beside it, or, where that file is a
 * link, beside what the link names. The library's own includer knows no folder of a file that was
 * named without one, and then reads nothing.
 *
 * <p>In HOCON an {@code include} of nothing is left out, {@code include required(...)} is refused.
 * What is left out is said, as it may be a typing mistake. What is no regular file counts as
 * nothing: a pipe might never end, and the program would not start.
 *
 * @param file the file that includes
 * @param depth how many files include each other up to this one
 * @param leftOut takes a sentence for each include that is left out
 * @param others what includes that name no file mean: URLs, resources
 */
record Includes(Path file, int depth, Consumer<String> leftOut, ConfigIncluder others)
    implements ConfigIncluder, ConfigIncluderFile {
  private static final int MAX_DEPTH = 50;

  /** What an include may leave out of a name; where there are several, the last one wins. */
  private static final List<String> ENDINGS = List.of(".properties", ".json", ".conf");

  /**
   * Reads a file with all that it includes.
   *
   * @param leftOut takes a sentence for each include that is left out
   * @param variables what its substitutions may name
   * @throws ConfigException where one of them is no HOCON or cannot be read
   * @throws SettingException where an include cannot be followed, or brackets nest too deep
   */
  static Config read(Path file, Consumer<String> leftOut, ConfigResolver variables) {
    try {
      return new Includes(file, 1, leftOut, null)
          .parse(ConfigSyntax.CONF)
          .toConfig()
          .resolve(ConfigResolveOptions.noSystem().appendResolver(variables));
    } catch (StackOverflowError e) { // the library's parser calls itself for each bracket
      throw new SettingException(
          "configuration file " + file + ": brackets nest too deep to be read");
    }
  }

  /**
   * @param syntax null tells it by the name's ending
   */
  private ConfigObject parse(ConfigSyntax syntax) {
    ConfigParseOptions options =
        ConfigParseOptions.defaults().setAllowMissing(false).setSyntax(syntax).setIncluder(this);
    try {
      return ConfigFactory.parseFile(file.toFile(), options).root();
    } catch (IllegalArgumentException e) { // Properties.load, where an escape is cut short
      throw new SettingException("configuration file " + file + ": " + e.getMessage());
    }
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return new Includes(
        file, depth, leftOut, others == null ? fallback : others.withFallback(fallback));
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return what.contains("://") ? others.include(context, what) : read(context, what, beside(what));
  }

  /** {@code include file("...")}: from the working directory, as the library has it, or beside. */
  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    Set<Path> beside = beside(what.getPath()); // first, as it refuses what can be no path
    Set<Path> places = new LinkedHashSet<>(List.of(what.toPath()));
    places.addAll(beside);
    return read(context, what.getPath(), places);
  }

  private Set<Path> beside(String what) {
    try {
      return new LinkedHashSet<>(
          List.of(file.resolveSibling(what), file.toRealPath().resolveSibling(what)));
    } catch (IOException | InvalidPathException e) {
      throw refused(what, e.getMessage());
    }
  }

  private ConfigObject read(ConfigIncludeContext context, String what, Set<Path> places) {
    for (Path place : places) {
      List<Path> found = Files.isRegularFile(place) ? List.of(place) : withEnding(place);
      if (!found.isEmpty()) {
        return found.stream()
            .map(one -> follow(one, what))
            .reduce((lower, higher) -> higher.withFallback(lower))
            .orElseThrow();
      }
    }
    String nothing = "there is no such regular file beside " + file;
    if (!context.parseOptions().getAllowMissing()) {
      throw refused(what, nothing);
    }
    leftOut.accept(
        Words.format(
            "include \"%s\" is left out: %s; include required(\"%s\") would refuse that",
            what, nothing, what));
    return ConfigFactory.empty().root();
  }

  private ConfigObject follow(Path included, String what) {
    if (depth == MAX_DEPTH) {
      throw refused(what, "includes nest deeper than " + MAX_DEPTH + ", probably for ever");
    }
    return new Includes(included, depth + 1, leftOut, null).parse(null);
  }

  private SettingException refused(String what, String why) {
    return new SettingException(
        "configuration file " + file + ": include \"" + what + "\": " + why);
  }

  private static List<Path> withEnding(Path place) {
    if (place.getFileName() == null) { // the root
      return List.of();
    }
    return ENDINGS.stream()
        .map(ending -> place.resolveSibling(place.getFileName() + ending))
        .filter(Files::isRegularFile)
        .toList();
  }
}
