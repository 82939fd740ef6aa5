package io.dualport.completion;

import io.dualport.completion.Completions.Command;
import io.dualport.completion.Completions.Option;
import io.dualport.report.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The parts of completion.zsh that depend on the commands: specs of zshcompsys(1). */
final class ZshScript {
  private ZshScript() {}

  /** A pattern that any command's name matches. */
  static String names(Completions completions) {
    return completions.all().stream().map(Command::name).collect(Collectors.joining("|"));
  }

  /** Names with what they do, for _describe. */
  static String words(Completions completions) {
    return completions.commands().stream()
        .map(command -> "    " + quoted(command.name() + ":" + command.description()) + "\n")
        .collect(Collectors.joining());
  }

  /** For each command the arguments of _arguments. */
  static String commands(Completions completions) {
    return completions.all().stream().map(ZshScript::command).collect(Collectors.joining());
  }

  private static String command(Command command) {
    List<String> specs = new ArrayList<>();
    command.options().forEach(option -> specs.addAll(specs(option)));
    command
        .parameters()
        .forEach(
            parameter ->
                specs.add(
                    (parameter.isRepeated() ? "*:" : ":")
                        + message(parameter)
                        + ":"
                        + action(parameter)));
    return Words.format(
        "    %s)\n      _arguments -S : \\\n%s\n      ;;\n",
        command.name(),
        specs.stream().map(spec -> "        " + quoted(spec)).collect(Collectors.joining(" \\\n")));
  }

  private static List<String> specs(Option option) {
    String others = "(" + String.join(" ", option.names()) + ")";
    String description = "[" + option.description().replaceAll("[\\\\\\[\\]]", "\\\\$0") + "]";
    Argument argument = option.argument();
    return option.names().stream()
        .map(
            name ->
                argument == null
                    ? others + name + description
                    : others
                        + name
                        + (name.startsWith("--") ? "=" : "+")
                        + description
                        + ":"
                        + message(argument)
                        + ":"
                        + value(argument))
        .toList();
  }

  private static String message(Argument argument) {
    return argument.label().replace("\\", "\\\\").replace(":", "\\:");
  }

  /** A space is an action that only shows the message. */
  private static String value(Argument argument) {
    return isKnown(argument) ? action(argument) : " ";
  }

  /** For a parameter it may not be a space, which would keep options from being completed. */
  private static String action(Argument argument) {
    String words = "(" + String.join(" ", argument.words()) + ")";
    if (!argument.isFile()) {
      return words;
    }
    return argument.words().isEmpty()
        ? "_files"
        : " _@PROGRAM@-or-file " + String.join(" ", argument.words());
  }

  private static boolean isKnown(Argument argument) {
    return argument.isFile() || !argument.words().isEmpty();
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
