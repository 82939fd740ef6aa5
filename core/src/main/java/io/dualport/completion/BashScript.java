package io.dualport.completion;

import io.dualport.completion.Completions.Command;
import io.dualport.completion.Completions.Option;
import io.dualport.report.Words;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The parts of completion.bash that depend on the commands. */
final class BashScript {
  private BashScript() {}

  /** A pattern that any command's name matches. */
  static String names(Completions completions) {
    return completions.all().stream().map(Command::name).collect(Collectors.joining(" | "));
  }

  /** Words to choose from. */
  static String words(Completions completions) {
    return completions.commands().stream().map(Command::name).collect(Collectors.joining(" "));
  }

  /** For each command its options, and what else it takes. */
  static String commands(Completions completions) {
    return completions.all().stream()
        .map(
            command ->
                Words.format(
                    "    %s) options=\"%s\" value=\"%s\" ;;%n",
                    command.name(),
                    command.options().stream()
                        .map(Option::longName)
                        .collect(Collectors.joining(" ")),
                    value(command.parameters())))
        .collect(Collectors.joining());
  }

  /** For each option that takes a value, what it can be. */
  static String values(Completions completions) {
    return completions.all().stream()
        .flatMap(
            command ->
                command.options().stream()
                    .filter(option -> option.argument() != null)
                    .map(option -> value(command, option)))
        .collect(Collectors.joining());
  }

  private static String value(Command command, Option option) {
    String cases =
        option.names().stream()
            .map(name -> "\"" + command.name() + " " + name + "\"")
            .collect(Collectors.joining(" | "));
    return Words.format(
        "    %s) value=\"%s\" options= ;;%n", cases, value(List.of(option.argument())));
  }

  /** Words, FILE, both, or nothing that could be known. */
  private static String value(List<Argument> arguments) {
    return arguments.stream()
        .flatMap(
            argument ->
                Stream.concat(
                    argument.words().stream(), argument.isFile() ? Stream.of("FILE") : Stream.of()))
        .collect(Collectors.joining(" "));
  }
}
