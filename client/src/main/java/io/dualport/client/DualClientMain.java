package io.dualport.client;

import io.dualport.client.command.ExitStatus;
import io.dualport.client.command.Subcommand;
import io.dualport.client.verdict.Verdict;
import io.dualport.commandline.ProgramStart;
import io.dualport.commandline.Refusal;
import io.dualport.completion.CompletionCommand;
import io.dualport.config.SettingException;
import io.dualport.config.Settings;
import io.dualport.terminal.StandardStream;
import io.dualport.transport.HeadStart;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code dual-client.jar}. */
public final class DualClientMain {
  private static final List<String> TOP_LEVEL = List.of("-h", "--help", "-V", "--version");

  private static final ProgramStart PROGRAM = new ProgramStart("dual-client");

  private DualClientMain() {}

  public static void main(String[] args) {
    PROGRAM.begin();
    Optional<HeadStart> ahead =
        ClientCommand.opensSockets(args) ? Optional.of(HeadStart.begin()) : Optional.empty();
    Runnable unread = ProgramStart.endingAsSigpipe();
    PrintStream err = ProgramStart.watched(StandardStream.ERROR, unread, unsaid -> {}).printer();
    PrintStream out = PROGRAM.standardOutput(unread, err).printer();
    ExitStatus status = start(args, System.getenv(), out, err);
    ahead.ifPresent(HeadStart::await);
    System.exit(status.code());
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
    CommandLine program = ClientCommand.typed(args);
    program.setOut(ProgramStart.writer(out));
    completeHelp(program);
    try {
      ParseResult parsed = program.parseArgs(withCommand(program, args));
      if (CommandLine.executeHelpRequest(parsed) != null) {
        return out.checkError() ? ExitStatus.NOT_OPEN : ExitStatus.OPEN;
      }
      CommandSpec chosen = parsed.subcommand().commandSpec();
      if (chosen.userObject() instanceof CompletionCommand completion) {
        completion.run();
        return out.checkError() ? ExitStatus.NOT_OPEN : ExitStatus.OPEN;
      }
      Subcommand command = (Subcommand) chosen.userObject();
      Settings settings = ClientKeys.load(typed(chosen), environment, command.common().config());
      settings.notes().forEach(note -> err.println("dual-client: " + note));
      ExitStatus status = command.run(settings, out, err);
      return out.checkError() ? ExitStatus.NOT_OPEN : status;
    } catch (ParameterException e) {
      return refused(err, Refusal.text(e));
    } catch (SettingException e) {
      return refused(err, e.getMessage());
    }
  }

  private static ExitStatus refused(PrintStream err, String why) {
    PROGRAM.refuse(err, why);
    return ExitStatus.REFUSED_INPUT;
  }

  /** {@code dual-client HOST:PORT} means {@code dual-client send HOST:PORT}. */
  private static String[] withCommand(CommandLine program, String[] args) {
    boolean named =
        args.length > 0
            && (TOP_LEVEL.contains(args[0])
                || program.getSubcommands().containsKey(args[0])
                || isMisspelled(program, args));
    return named
        ? args
        : Stream.concat(Stream.of(Subcommand.DEFAULT), Arrays.stream(args)).toArray(String[]::new);
  }

  /** Whether the first word is no target, and looks like a command or stands before a target. */
  private static boolean isMisspelled(CommandLine program, String[] args) {
    String word = args[0];
    String next = args.length > 1 ? args[1] : "";
    boolean isTarget = word.startsWith("-") || word.contains(":") || next.matches("\\d+");
    return !isTarget
        && (next.contains(":")
            || Refusal.nearestCommand(word, program.getCommandSpec()).isPresent());
  }

  /** What was typed, by configuration key. */
  private static Map<String, String> typed(CommandSpec command) {
    Map<String, String> typed = new LinkedHashMap<>();
    ProgramStart.typed(command)
        .forEach((name, value) -> typed.put(ClientKeys.keyOf(command.name(), name), value));
    return typed;
  }

  private static void completeHelp(CommandLine program) {
    program.getCommandSpec().usageMessage().exitCodeList(ExitStatus.listing());
    for (CommandLine command : program.getSubcommands().values()) {
      UsageMessageSpec usage = command.getCommandSpec().usageMessage();
      Map<String, String> codes = new LinkedHashMap<>(usage.exitCodeList());
      if (codes.isEmpty()) {
        codes = ExitStatus.listing();
      }
      codes.put(String.valueOf(ExitStatus.UNREAD.code()), ExitStatus.UNREAD.meaning());
      usage.exitCodeList(codes);
      usage.footer(
          Stream.of(usage.footer())
              .flatMap(
                  line ->
                      line.equals(Subcommand.VERDICTS)
                          ? Verdict.listing().stream()
                          : Stream.of(line))
              .toArray(String[]::new));
    }
  }
}
