package io.dualport.client;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.Subcommand;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code dual-client.jar}. */
public final class DualClientMain {
  private static final List<String> TOP_LEVEL = List.of("-h", "--help", "-V", "--version");

  private DualClientMain() {}

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // digits that other programs can read
    System.exit(
        start(args, System.getenv(), utf8(FileDescriptor.out), utf8(FileDescriptor.err)).code());
  }

  /**
   * Runs one command.
   *
   * @param args as typed
   * @param environment usually {@link System#getenv()}
   * @param out the result, and help that was asked for
   * @param err what was refused
   */
  static ExitStatus start(
      String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    CommandLine program = new CommandLine(new ClientCommand());
    program.setOut(new PrintWriter(out, true));
    listExitCodes(program);
    try {
      ParseResult parsed = program.parseArgs(withCommand(program, args));
      if (CommandLine.executeHelpRequest(parsed) != null) {
        return ExitStatus.OPEN;
      }
      CommandSpec chosen = parsed.subcommand().commandSpec();
      Subcommand command = (Subcommand) chosen.userObject();
      Settings settings = ClientKeys.load(typed(chosen), environment, command.common().config());
      settings.notes().forEach(note -> err.println("dual-client: " + note));
      ExitStatus status = command.run(settings, out, err);
      if (out.checkError()) {
        err.println("dual-client: the result could not be written to standard output");
        return ExitStatus.NOT_OPEN;
      }
      return status;
    } catch (ParameterException | SettingException e) {
      err.println("dual-client: " + e.getMessage());
      err.println("dual-client --help shows what is allowed.");
      return ExitStatus.REFUSED_INPUT;
    }
  }

  /** {@code dual-client HOST:PORT} means {@code dual-client send HOST:PORT}. */
  private static String[] withCommand(CommandLine program, String[] args) {
    boolean named =
        args.length > 0
            && (TOP_LEVEL.contains(args[0]) || program.getSubcommands().containsKey(args[0]));
    return named
        ? args
        : Stream.concat(Stream.of(Subcommand.DEFAULT), Arrays.stream(args)).toArray(String[]::new);
  }

  /** What was typed, by configuration key. */
  private static Map<String, String> typed(CommandSpec command) {
    Map<String, String> typed = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      Object value = option.getValue();
      if (value instanceof String || Boolean.TRUE.equals(value)) {
        String name = option.longestName().substring(2);
        typed.put(
            ClientKeys.keyOf(command.name(), name), value instanceof String text ? text : "on");
      }
    }
    return typed;
  }

  private static void listExitCodes(CommandLine program) {
    program.getCommandSpec().usageMessage().exitCodeList(ExitStatus.listing());
    for (CommandLine command : program.getSubcommands().values()) {
      UsageMessageSpec usage = command.getCommandSpec().usageMessage();
      if (usage.exitCodeList().isEmpty()) {
        usage.exitCodeList(ExitStatus.listing());
      }
    }
  }

  /** Reports are UTF-8 whatever the locale says: they hold the µ of microseconds, and JSON. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
