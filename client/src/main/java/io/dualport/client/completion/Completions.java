package io.dualport.client.completion;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What can be typed, read from the program's own commands. */
record Completions(List<Command> commands) {
  static Completions of(CommandSpec program) {
    return new Completions(
        program.subcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .map(
                spec ->
                    new Command(
                        spec.name(),
                        firstSentence(spec.usageMessage().header()),
                        spec.options().stream().map(Completions::option).toList(),
                        spec.positionalParameters().stream().map(Argument::of).toList()))
            .toList());
  }

  private static Option option(OptionSpec spec) {
    return new Option(
        Arrays.asList(spec.names()),
        firstSentence(spec.description()),
        spec.arity().max() == 0 ? null : Argument.of(spec));
  }

  private static String firstSentence(String... lines) {
    return String.join(" ", lines).replaceFirst("(?<!\\.)\\.(\\s+\\p{Lu}.*)?$", "");
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
