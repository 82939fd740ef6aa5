package io.dualport.commandline;

import io.dualport.report.ControlCharacters;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said about a command line that is not understood: the word, and which one was meant. */
public final class Refusal {
  private static final int MAX_PORT_DIGITS = 5;

  private Refusal() {}

  /** One sentence without the program's name. */
  public static String text(ParameterException fault) {
    if (!(fault instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return fault.getMessage();
    }
    String word = unmatched.getUnmatched().get(0);
    CommandSpec command = fault.getCommandLine().getCommandSpec();
    if (word.startsWith("-")) {
      String name = word.replaceFirst("=.*", "");
      return "unknown option " + shown(name) + meant(name, options(command));
    }
    List<String> commands = commands(command);
    if (!commands.isEmpty()) {
      Optional<String> meant = nearestCommand(word, command);
      return "unknown command "
          + shown(word)
          + meant.map(Refusal::question).orElse(": known are " + String.join(", ", commands));
    }
    boolean isPort = word.matches("\\d{1," + MAX_PORT_DIGITS + "}");
    return "unexpected word "
        + shown(word)
        + (isPort && command.findOption("--port") != null ? question("--port " + word) : "");
  }

  /** The command of a program that somebody meant who typed this. */
  public static Optional<String> nearestCommand(String word, CommandSpec program) {
    return Spelling.nearest(word, commands(program));
  }

  private static List<String> commands(CommandSpec program) {
    return program.subcommands().entrySet().stream()
        .filter(entry -> !entry.getValue().getCommandSpec().usageMessage().hidden())
        .map(entry -> entry.getKey())
        .toList();
  }

  private static List<String> options(CommandSpec command) {
    return command.options().stream()
        .flatMap(option -> List.of(option.names()).stream())
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  private static String meant(String typed, Collection<String> known) {
    return Spelling.nearest(typed, known).map(Refusal::question).orElse("");
  }

  private static String question(String meant) {
    return ": did you mean " + meant + "?";
  }

  private static String shown(String word) {
    return "'" + ControlCharacters.escaped(word) + "'";
  }
}
