package io.dualport.completion;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What can be typed, read from the program's own commands.
 *
 * @param program its name
 * @param fallback the command that is meant where none is typed; the program itself may be one
 * @param commands those that can be typed
 */
record Completions(String program, Command fallback, List<Command> commands) {
  /**
   * @param fallback a command's name; empty for the program itself
   */
  static Completions of(CommandSpec program, String fallback) {
    List<Command> commands =
        program.subcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .filter(spec -> !spec.usageMessage().hidden())
            .map(Completions::command)
            .toList();
    return new Completions(
        program.name(),
        commands.stream()
            .filter(command -> command.name().equals(fallback))
            .findFirst()
            .orElseGet(() -> command(program)),
        commands);
  }

  /** All that have options of their own. */
  List<Command> all() {
    return Stream.concat(commands.stream(), Stream.of(fallback)).distinct().toList();
  }

  private static Command command(CommandSpec spec) {
    return new Command(
        spec.name(),
        firstSentence(spec.usageMessage().header()),
        spec.options().stream().map(Completions::option).toList(),
        spec.positionalParameters().stream().map(Argument::of).toList());
  }

  private static Option option(OptionSpec spec) {
    return new Option(
        Arrays.asList(spec.names()),
        firstSentence(spec.description()),
        spec.arity().max() == 0 ? null : Argument.of(spec));
  }

  private static String firstSentence(String... lines) {
    return String.join(" ", lines)
        .replaceFirst("(?<!\\.)\\.(\\s+\\p{Lu}.*)?$", "")
        .replace("%n", "");
  }

  record Command(
      String name, String description, List<Option> options, List<Argument> parameters) {}

  /**
   * @param names with their dashes
   * @param argument null if it takes none
   */
  record Option(List<String> names, String description, Argument argument) {
    /** The one that is offered. */
    String longName() {
      return names.stream().filter(name -> name.startsWith("--")).findFirst().orElse(names.get(0));
    }
  }
}
