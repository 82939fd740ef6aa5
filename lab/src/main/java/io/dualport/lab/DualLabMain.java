package io.dualport.lab;

import io.dualport.commandline.Refusal;
import io.dualport.completion.CompletionCommand;
import io.dualport.terminal.StandardStream;
import io.dualport.terminal.WatchedOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code dual-lab.jar}. */
public final class DualLabMain {
  private DualLabMain() {}

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // digits that other programs can read
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    PrintStream out = watchedOutput(err);
    System.exit(start(args, System.getenv(), out, err).code());
  }

  /**
   * Runs one command.
   *
   * @param args as typed
   * @param environment usually {@link System#getenv()}; NO_COLOR and TERM are looked at
   * @param out the result, and help that was asked for
   * @param err what was refused, and progress
   */
  static ExitStatus start(
      String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    CommandLine program = new CommandLine(new LabCommand());
    program.addSubcommand(new CompletionCommand());
    program.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    try {
      CommandLine.ParseResult parsed = program.parseArgs(args);
      if (CommandLine.executeHelpRequest(parsed) != null) {
        return out.checkError() ? ExitStatus.SURPRISE : ExitStatus.AS_PREDICTED;
      }
      if (!parsed.hasSubcommand()) {
        program.usage(err);
        return ExitStatus.REFUSED_INPUT;
      }
      Object chosen = parsed.subcommand().commandSpec().userObject();
      if (chosen instanceof CompletionCommand completion) {
        completion.run();
        return out.checkError() ? ExitStatus.SURPRISE : ExitStatus.AS_PREDICTED;
      }
      Subcommand command = (Subcommand) chosen;
      ExitStatus status = command.run(environment, out, err);
      return out.checkError() ? ExitStatus.SURPRISE : status;
    } catch (ParameterException e) {
      return refused(err, Refusal.text(e));
    } catch (IllegalArgumentException e) {
      return refused(err, e.getMessage());
    }
  }

  private static ExitStatus refused(PrintStream err, String why) {
    err.println("dual-lab: " + why);
    err.println("dual-lab --help shows what is allowed.");
    return ExitStatus.REFUSED_INPUT;
  }

  /** Ends the program as SIGPIPE would, at once and without a word, when nobody reads any more. */
  private static PrintStream watchedOutput(PrintStream err) {
    return new WatchedOutput(
            StandardStream.OUTPUT,
            () -> Runtime.getRuntime().halt(ExitStatus.UNREAD.code()),
            why -> err.println("dual-lab: cannot write to standard output: " + why))
        .printer();
  }
}
